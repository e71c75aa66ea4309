using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Tracing;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>A rule that no test reaches is one of which nobody knows what it does.</summary>
public sealed class PolicyCoverageTests
{
    private static readonly RegoTestRun Run = RegoTestRun.Of(
    [
        .. Directory.EnumerateFiles(RepositoryFolder.Policies, "*.rego", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => new RegoSource(Path.GetRelativePath(RepositoryFolder.Policies, path), File.ReadAllText(path))),
    ]);

    public static TheoryData<string> Files => [.. Run.Coverage.Files.Select(file => file.Name).Where(name => !name.EndsWith("_test.rego", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_line_is_covered_by_tests(string name)
    {
        var file = Run.Coverage.Files.Single(file => file.Name == name);
        Assert.True(file.NotCovered.Count == 0, $"{name}: lines {string.Join(", ", file.NotCovered)} are not covered ({file.Percent:F1} %)");
    }
}
