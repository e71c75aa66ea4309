using Xunit;

namespace TrustedDataSpace.Conformance.Rego;

/// <summary>
/// The cases of the Open Policy Agent (folder <c>cases</c>), held against <c>passing.txt</c>: what passes once must always pass.
/// </summary>
public sealed class RegoConformanceTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Rego");

    [Fact]
    public void No_case_is_evaluated_to_a_wrong_result() =>
        Assert.DoesNotContain(Results(), result => result.Outcome == Outcome.Wrong);

    [Fact]
    public void Every_listed_case_passes_and_every_passing_case_is_listed()
    {
        var results = Results();
        foreach (var outcome in results.GroupBy(result => result.Outcome).OrderBy(group => group.Key))
        {
            output.WriteLine($"{outcome.Key}: {outcome.Count()}");
        }

        foreach (var result in results.Where(result => result.Outcome != Outcome.Passed))
        {
            output.WriteLine($"{result.Outcome}: {result.Case.Id}: {result.Detail}");
        }

        var listed = File.ReadLines(Path.Combine(Folder, "passing.txt")).Where(line => line.Length > 0).ToHashSet();
        var passed = results.Where(result => result.Outcome == Outcome.Passed).Select(result => result.Case.Id).ToHashSet();
        WriteNewList(passed);
        Assert.Empty(listed.Except(passed));
        Assert.Empty(passed.Except(listed));
    }

    private static List<CaseResult> Results() =>
        [.. ConformanceCase.ReadAll(Path.Combine(Folder, "cases")).AsParallel().AsOrdered().Select(CaseRunner.Run)];

    /// <summary>To be copied over the list in the source tree when more cases pass.</summary>
    private static void WriteNewList(HashSet<string> passed) =>
        File.WriteAllLines(Path.Combine(Folder, "passing.new.txt"), passed.Order(StringComparer.Ordinal));
}
