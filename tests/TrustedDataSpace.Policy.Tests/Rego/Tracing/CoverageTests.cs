using TrustedDataSpace.Policy.Rego.Tracing;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego.Tracing;

public sealed class CoverageTests
{
    [Fact]
    public void Lines_that_no_test_reaches_are_named()
    {
        var file = Of("package a\n\nallow if {\n\tinput.x == 1\n\tinput.y == 2\n}\n\ndeny if input.z\n", "package a_test\nimport data.a\ntest_x if not a.allow with input as {\"x\": 2}\n");

        Assert.Equal([4], file.Covered);
        Assert.Equal([3, 5, 8], file.NotCovered);
        Assert.Equal(25, file.Percent);
    }

    [Fact]
    public void Head_on_the_line_of_its_condition_is_covered_only_when_it_gave_a_value()
    {
        const string Rules = "package a\nallow if input.x == 1\n";
        Assert.Equal([2], Of(Rules, "package a_test\nimport data.a\ntest_x if not a.allow with input as {\"x\": 2}\n").NotCovered);
        Assert.Equal([2], Of(Rules, "package a_test\nimport data.a\ntest_x if a.allow with input as {\"x\": 1}\n").Covered);
    }

    [Fact]
    public void Unused_else_default_and_constant_are_not_covered()
    {
        var file = Of("package a\ndefault p := 0\np := 1 if {\n\tinput.x\n} else := 2\nk := 5\n", "package a_test\nimport data.a\ntest_x if a.p == 1 with input as {\"x\": true}\n");
        Assert.Equal([3, 4], file.Covered);
        Assert.Equal([2, 5, 6], file.NotCovered);
    }

    [Fact]
    public void Failed_test_comes_with_its_trace()
    {
        var run = RegoTestRun.Of([new("a_test.rego", "package a_test\ntest_good if true\ntest_bad if {\n\tx := 1\n\tx == 2\n}\n")]);

        Assert.Null(run.Tests.Single(test => test.Result.Passed).Trace);
        var failed = run.Tests.Single(test => !test.Result.Passed);
        Assert.Contains("| FAIL x == 2  [x = 1]  (a_test.rego:5)", TraceText.Why(failed.Trace!));
    }

    [Fact]
    public void Only_wanted_tests_run()
    {
        var run = RegoTestRun.Of([new("a_test.rego", "package a_test\ntest_one if true\ntest_two if false\n")], isWanted: name => name.EndsWith("one", StringComparison.Ordinal));
        Assert.Equal("data.a_test.test_one", Assert.Single(run.Tests).Result.Name);
    }

    private static FileCoverage Of(string rules, string tests) =>
        RegoTestRun.Of([new("a.rego", rules), new("a_test.rego", tests)]).Coverage.Files.Single(file => file.Name == "a.rego");
}
