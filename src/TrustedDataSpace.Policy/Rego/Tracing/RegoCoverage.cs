namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>
/// How much of the modules a set of evaluations reached. A line counts when a condition begins on it or it is the head of a definition; it is
/// covered when every such condition was tried and every such head gave a value.
/// </summary>
/// <param name="Files">The files that have rules, by name.</param>
public sealed record RegoCoverage(IReadOnlyList<FileCoverage> Files)
{
    /// <summary>Covered lines in percent of those that count; 100 when none does.</summary>
    public double Percent => FileCoverage.Share(Files.Sum(file => file.Covered.Count), Files.Sum(file => file.NotCovered.Count));

    internal static RegoCoverage Of(Probes probes, CoverageTracer tracer)
    {
        // Definitions have their heads; that one is tried tells nothing.
        var files = probes.All.Where(probe => probe.Kind != ProbeKind.Definition).GroupBy(probe => probe.Location.File);
        return new([.. files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => Of(file.Key, file, tracer))]);
    }

    private static FileCoverage Of(string name, IEnumerable<TraceProbe> probes, CoverageTracer tracer)
    {
        var lines = probes.GroupBy(probe => probe.Location.Line).OrderBy(line => line.Key).ToLookup(line => line.All(tracer.Reached), line => line.Key);
        return new(name, [.. lines[true]], [.. lines[false]]);
    }
}

/// <summary>The coverage of one file.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Covered">Its covered lines, counted from one.</param>
/// <param name="NotCovered">Its other lines that count.</param>
public sealed record FileCoverage(string Name, IReadOnlyList<int> Covered, IReadOnlyList<int> NotCovered)
{
    /// <summary>Covered lines in percent.</summary>
    public double Percent => Share(Covered.Count, NotCovered.Count);

    internal static double Share(int covered, int notCovered) => covered + notCovered == 0 ? 100 : 100.0 * covered / (covered + notCovered);
}
