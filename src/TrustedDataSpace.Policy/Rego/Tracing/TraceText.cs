namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>Traces as lines of text, indented as the rules ask each other.</summary>
public static class TraceText
{
    private const int MaxValueLength = 120;

    /// <summary>Everything that was tried.</summary>
    public static IEnumerable<string> Full(RegoTrace trace) => Lines(trace, static (node, _) => node.Children);

    /// <summary>
    /// Only what decided: of a definition that gave nothing the conditions it ended at, with all that was evaluated for them; of one that gave
    /// something its conditions that held, and the definitions that gave them their values.
    /// </summary>
    public static IEnumerable<string> Why(RegoTrace trace) => Lines(trace, Deciding);

    /// <summary>Only what failed: the conditions at which definitions ended.</summary>
    public static IEnumerable<string> Fails(RegoTrace trace) => Lines(trace, static (node, _) => node.IsRule ? Ends(node) : node.Children);

    private static IEnumerable<string> Lines(RegoTrace trace, Func<TraceNode, bool, IEnumerable<TraceNode>> below)
    {
        var lines = trace.Roots.SelectMany(root => Lines(root, 0, isForFailure: false, below));
        lines = trace.IsCut ? lines.Append($"(the trace is cut after {TreeTracer.MaxNodes} steps)") : lines;
        return trace.Error is null ? lines : lines.Append($"ended by: {trace.Error.Message}");
    }

    private static IEnumerable<string> Lines(TraceNode node, int depth, bool isForFailure, Func<TraceNode, bool, IEnumerable<TraceNode>> below)
    {
        yield return $"{string.Concat(Enumerable.Repeat("| ", depth))}{Describe(node)}";
        isForFailure |= node is { IsRule: false, Holds: false };
        foreach (var line in below(node, isForFailure).SelectMany(child => Lines(child, depth + 1, isForFailure, below)))
        {
            yield return line;
        }
    }

    private static string Describe(TraceNode node)
    {
        var place = $"  ({node.Location.File}:{node.Location.Line})";
        var values = node.Values.Count == 0 ? "" : "  [" + string.Join(", ", node.Values.Select(value => Short(value.ToString()))) + "]";
        if (!node.IsRule)
        {
            return $"{(node.Holds ? "ok  " : "FAIL")} {node.Text}{values}{place}";
        }

        var outcome = node.Given.Count == 0 ? "gives nothing" : "gives " + Short(string.Join(", ", node.Given.Distinct()));
        return $"{node.Text} {outcome}{values}{place}";
    }

    // What failed inside of something that failed may be the reason, as an item that a comprehension left out; elsewhere it changed nothing.
    private static IEnumerable<TraceNode> Deciding(TraceNode node, bool isForFailure) => (node.IsRule, node.Holds) switch
    {
        (true, false) => Ends(node),
        (false, _) when isForFailure => node.Children,
        _ => node.Children.Where(child => child.Holds),
    };

    // With iteration a body ends at several places; each is shown once for each way in which it was reached.
    private static IEnumerable<TraceNode> Ends(TraceNode definition) =>
        definition.Holds ? [] : definition.Children.Where(child => !child.Holds);

    private static string Short(string text) => text.Length <= MaxValueLength ? text : text[..(MaxValueLength - 1)] + "…";
}
