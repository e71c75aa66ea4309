using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>What is not understood, or would be read differently by OPA, is refused when it is loaded.</summary>
public sealed class SafetyTests
{
    [Theory]
    [InlineData("p if not x", "var x is unsafe")]
    [InlineData("p if not input.xs[_] == 1", "is unsafe")]
    [InlineData("p := x if input.y", "var x is unsafe")]
    [InlineData("p contains x if true", "var x is unsafe")]
    [InlineData("p if { count(xs) > 0 }", "var xs is unsafe")]
    [InlineData("p if every x in input { y > x }", "var y is unsafe")]
    [InlineData("p := [y | true]", "var y is unsafe")]
    [InlineData("p if { x := y; y := x }", "var y referenced above")]
    [InlineData("p if { x = y; y = x }", "unsafe")]
    [InlineData("p if { x := 1; x := 2 }", "var x assigned above")]
    [InlineData("p if { x == 1; x := 2 }", "var x referenced above")]
    [InlineData("p if { some x; input.y }", "declared var x unused")]
    [InlineData("f(x) := 1 if { x := 2 }", "var x assigned above")]
    [InlineData("input := 1", "must not shadow input")]
    [InlineData("p if { data := 1; data == 1 }", "must not shadow data")]
    [InlineData("default p := input.x", "must be a constant")]
    [InlineData("p := 1\np contains 2", "conflicting rules")]
    [InlineData("p := 1\np.q := 2", "conflicts with rule")]
    [InlineData("f(x) := x\nf(x, y) := x", "conflicting rules")]
    [InlineData("default p := 1\ndefault p := 2", "multiple default rules")]
    [InlineData("p := count([], 5)", "too many arguments")]
    [InlineData("p := count()", "arity mismatch")]
    [InlineData("f(x) := x\np := f(1, 2, 3)", "arity mismatch")]
    [InlineData("f(x) := x\np if f(1) with f as concat", "arity mismatch")]
    [InlineData("f(x) := x\np := f", "is a function")]
    [InlineData("q := {\"a\": 1}\np if q with data.test.q.a as 2", "cannot replace a part")]
    [InlineData("p if f(1)\nf(x) if p", "recursive")]
    [InlineData("p := data.test[input.x]", "recursive")]
    [InlineData("p := opa.runtime()", "refused")]
    [InlineData("import data.a.x\nimport data.b.x\np := x", "must not shadow another import")]
    public void Refused_with_its_reason(string rules, string reason) =>
        Assert.Contains(Evaluate.Errors(rules), error => error.Message.Contains(reason, StringComparison.Ordinal));

    [Theory]
    [InlineData("p := x if some x in [1]", "1")]
    [InlineData("p := [x, y] if { [x, [y]] = [1, [2]] }", "[1,2]")]
    [InlineData("p := y if { {\"a\": y} = {\"a\": 3} }", "3")]
    [InlineData("p if { [x, 1] = [1, x] }", "true")]
    [InlineData("p := i if { input[i] == \"b\" }", "1")]
    [InlineData("p := {i: j | some i, v in input; input[j] == v}", """{"0":0,"1":1}""")]
    [InlineData("p := n if { n := count([x | some x in input; x != y]); y = \"a\" }", "1")]
    public void Variables_are_bound_wherever_the_body_allows_it(string rules, string json) =>
        Assert.Equal(json, Evaluate.P(rules, """["a", "b"]"""));
}
