using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>Runs what <c>opa test policies/</c> runs.</summary>
public sealed class PolicyLibraryTests
{
    private static readonly RegoSource[] Modules =
    [
        .. Directory.EnumerateFiles(RepositoryFolder.Policies, "*.rego", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => new RegoSource(Path.GetRelativePath(RepositoryFolder.Policies, path), File.ReadAllText(path))),
    ];

    private static readonly IReadOnlyList<RegoTestResult> Results = RegoTestRunner.Run(Modules);

    public static TheoryData<string> TestNames => [.. Results.Select(result => result.Name)];

    public static TheoryData<string> TestFiles => [.. Modules.Select(module => module.FileName).Where(IsTest)];

    public static TheoryData<string> Rules => [.. Modules.Select(module => module.FileName).Where(name => !IsTest(name))];

    [Theory]
    [MemberData(nameof(TestNames))]
    public void Rego_test_passes(string name)
    {
        var result = Results.Single(result => result.Name == name);

        Assert.True(result.Passed, $"{result.Location}: {result.Name}: {result.Message}");
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rules_have_tests_beside_them(string rules) =>
        Assert.Contains(Modules, module => module.FileName == rules.Replace(".rego", "_test.rego", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(TestFiles))]
    public void Test_file_has_tests_that_ran(string file) => Assert.Contains(Results, result => result.Location.File == file);

    private static bool IsTest(string file) => file.EndsWith("_test.rego", StringComparison.Ordinal);
}
