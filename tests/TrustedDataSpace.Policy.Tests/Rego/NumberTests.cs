using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class NumberTests
{
    [Theory]
    [InlineData("0.1 + 0.2", "0.3")]
    [InlineData("1 / 3", "0.33333333333333333334")]
    [InlineData("3.3 * 3", "9.9")]
    [InlineData("10 / 2", "5")]
    [InlineData("123456789012345678901234567890 * 10", "1234567890123456789012345678900")]
    [InlineData("9223372036854775807 + 1", "9223372036854775808")]
    [InlineData("-9223372036854775808 - 1", "-9223372036854775809")]
    [InlineData("-7 % 3", "-1")]
    [InlineData("1.0", "1.0")]
    [InlineData("1e3", "1e3")]
    [InlineData("1e3 + 0", "1000")]
    [InlineData("round(-2.5)", "-3")]
    [InlineData("ceil(-2.5)", "-2")]
    [InlineData("floor(-2.5)", "-3")]
    [InlineData("{1, 1.0, 1e0}", "[1]")]
    [InlineData("[1, 1.0, 1e0]", "[1,1.0,1e0]")]
    public void Arithmetic_gives_the_text_that_OPA_gives(string expression, string json) =>
        Assert.Equal(json, Evaluate.P("p := " + expression));

    [Fact]
    public void Numbers_of_the_input_keep_their_text() =>
        Assert.Equal("[1.50,1E2]", Evaluate.P("p := input", "[1.50, 1E2]"));

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1e2", "100")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("0.5", "5e-1")]
    public void Equal_numbers_have_equal_hashes(string x, string y)
    {
        var (left, right) = (RegoNumber.Parse(x), RegoNumber.Parse(y));
        Assert.Equal(left, right);
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
    }

    [Fact]
    public void Exponent_that_would_cost_unbounded_memory_is_refused() =>
        Assert.Throws<FormatException>(() => RegoNumber.Parse("1e1000000000"));

    [Fact]
    public void Multiplying_without_end_is_stopped_by_the_budget()
    {
        var rules = "x0 := 3\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"x{i} := x{i - 1} * x{i - 1}\n")) + "p := x60";
        var stopped = Assert.Throws<RegoEvaluationException>(() => Evaluate.P(rules));
        Assert.Equal(RegoEvaluationException.Budget, stopped.Code);
    }
}
