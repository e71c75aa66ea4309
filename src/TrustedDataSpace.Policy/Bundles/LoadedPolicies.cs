using System.Collections.Concurrent;
using System.Globalization;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>A bundle as an engine holds it: compiled, with the query of the decision and those of other documents.</summary>
internal sealed class LoadedPolicies(PolicyBundle bundle, RegoProgram program, string entrypoint)
{
    /// <summary>Paths come from outside: without a limit they would fill the memory.</summary>
    private const int MostQueries = 256;

    private readonly ConcurrentDictionary<string, PreparedQuery?> queries = new(StringComparer.Ordinal);

    // Made when somebody first asks why: the program that decides carries no probes.
    private readonly Lazy<TracedProgram> traced = new(() => TracedProgram.Compile(
        [.. bundle.Modules.Select(file => new RegoSource(file.Path, file.Text))],
        bundle.Data is { } data ? RegoValue.FromJson(data) : null));

    public string Revision => bundle.Revision;

    public PreparedQuery Decision { get; } = program.Prepare(entrypoint);

    /// <summary>The decision together with how long it holds; null: the bundle does not say so.</summary>
    public PreparedQuery? Answer { get; } = program.RulePaths.Contains(ReadAnalysis.Answer) ? program.Prepare(ReadAnalysis.Answer) : null;

    public PolicyReads Reads { get; } = ReadAnalysis.Of(program);

    public DocumentAnswer Evaluate(IReadOnlyList<string> path, RegoValue? input, bool explain, EvaluationOptions options, CancellationToken cancellation)
    {
        var text = Text(path);
        if (Query(text) is not { } query)
        {
            return new(Revision, null, null);
        }

        if (!explain)
        {
            return new(Revision, query.Evaluate(input, options, cancellation), null);
        }

        var trace = traced.Value.Explain(text, input, options, cancellation);
        return new(Revision, trace.Value, trace);
    }

    // Null: the path leads into a function, which is no document.
    private PreparedQuery? Query(string text)
    {
        if (queries.TryGetValue(text, out var known))
        {
            return known;
        }

        PreparedQuery? query;
        try
        {
            query = program.Prepare(text);
        }
        catch (RegoCompileException)
        {
            query = null;
        }

        if (queries.Count < MostQueries)
        {
            queries.TryAdd(text, query);
        }

        return query;
    }

    // Each key is quoted, whatever it holds: what a caller names is a key and never Rego (CVE-2025-46569). As in OPA, digits are an index.
    private static string Text(IReadOnlyList<string> path) => "data" + string.Concat(path.Select(key =>
        long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? $"[{index.ToString(CultureInfo.InvariantCulture)}]"
            : $"[{ValueText.Quote(key)}]"));
}
