using System.CommandLine;
using System.Text.Json;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary><c>tds policy check [PATH]...</c>: everything that is wrong, all at once; of a bundle also what makes an authority or a connector refuse it.</summary>
internal static class PolicyCheckCommand
{
    private const string BundleError = "bundle_error";

    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Folders, .rego files or bundles (.tar.gz). A folder with a .manifest is checked as the bundle it will be. Default: the policies that come with tds.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Write the result as JSON." };
        var command = new Command("check", "Check policies without evaluating them.") { paths, json };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(paths) is { Length: > 0 } named ? named : [Samples.Policies], parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(string[] paths, bool json, TextWriter output)
    {
        var source = PolicySource.Read(paths, []);
        var problems = new List<Problem>();
        try
        {
            // The tests, too, which are no part of a bundle.
            source.Compile();
        }
        catch (RegoCompileException failure)
        {
            problems.AddRange(failure.Errors.Select(error => new Problem(error.Code, error.Message, error.Location, error.ToString())));
        }

        var bundles = problems.Count > 0 ? [] : paths.Where(IsBundle).Select(path => ReadBundle(path, problems)).OfType<PolicyBundle>().ToList();
        if (json)
        {
            var errors = problems.Select(problem => new { problem.Code, problem.Message, Location = problem.Location is { } at ? new { at.File, Row = at.Line, Col = at.Column } : null });
            await output.WriteLineAsync(JsonSerializer.Serialize(new { errors, bundles = bundles.Select(bundle => new { bundle.Revision, bundle.Roots }) }, ReadableJson.Options));
        }
        else
        {
            await ShowAsync(source, bundles, problems, output);
        }

        return problems.Count == 0 && source.Modules.Count > 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task ShowAsync(PolicySource source, List<PolicyBundle> bundles, List<Problem> problems, TextWriter output)
    {
        foreach (var problem in problems)
        {
            await output.WriteLineAsync(problem.Text);
        }

        foreach (var bundle in bundles)
        {
            await output.WriteLineAsync($"bundle {bundle.Revision}, roots {string.Join(", ", bundle.Roots)}: can be published");
        }

        await output.WriteLineAsync($"{source.Modules.Count} modules checked, {problems.Count} error{(problems.Count == 1 ? "" : "s")}");
    }

    private static bool IsBundle(string path) => File.Exists(path) ? path.EndsWith(".tar.gz", StringComparison.Ordinal) : File.Exists(Path.Combine(path, ".manifest"));

    // Loaded as a connector loads it.
    private static PolicyBundle? ReadBundle(string path, List<Problem> problems)
    {
        try
        {
            using var archive = File.Exists(path) ? File.OpenRead(path) : null;
            var bundle = archive is null ? PolicyBundle.FromFolder(path) : PolicyBundle.FromArchive(archive);
            new EmbeddedPolicyEngine().Replace(bundle);
            return bundle;
        }
        catch (PolicyBundleException failure)
        {
            problems.AddRange(failure.Problems.Select(problem => new Problem(BundleError, problem, null, $"{path}: {BundleError}: {problem}")));
        }
        catch (RegoCompileException failure)
        {
            // It compiles with its tests, and not without them.
            problems.AddRange(failure.Errors.Select(error => new Problem(error.Code, error.Message, error.Location, $"without its tests: {error}")));
        }

        return null;
    }

    private sealed record Problem(string Code, string Message, SourceLocation? Location, string Text);
}
