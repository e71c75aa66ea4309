using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class TestRunnerTests
{
    [Fact]
    public void Tests_pass_when_defined_and_not_false()
    {
        var results = RegoTestRunner.Run(
        [
            new("a_test.rego", "package a_test\ntest_yes if 1 == 1\ntest_no if 1 == 2\ntest_false := false\nhelper if false\ntest_conflict := x if some x in [1, 2]"),
        ]);
        Assert.Equal(["test_conflict", "test_false", "test_no", "test_yes"], results.Select(result => result.Name[12..]));
        Assert.Equal([false, false, false, true], results.Select(result => result.Passed));
        Assert.Equal(new SourceLocation("a_test.rego", 3, 1), results[2].Location);
        Assert.Contains("must not produce multiple outputs", results[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_with_cases_fails_if_one_case_is_false()
    {
        var result = Assert.Single(RegoTestRunner.Run([new("t.rego", "package t\ntest_case[name] := ok if some name, ok in {\"a\": true, \"b\": false}")]));
        Assert.Equal("the case \"b\" is false", result.Message);
    }
}
