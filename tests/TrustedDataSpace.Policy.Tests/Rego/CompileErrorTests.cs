using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class CompileErrorTests
{
    [Fact]
    public void Missing_builtin_is_named_with_its_place_and_a_near_name()
    {
        var error = Assert.Single(Evaluate.Errors("p if {\n\tstartwith(input.x, \"a\")\n}"));
        Assert.Equal("test.rego:3:2: rego_type_error: undefined function startwith; did you mean startswith?\n\tstartwith(input.x, \"a\")", error.ToString());
    }

    [Fact]
    public void Network_access_is_refused_by_decision() =>
        Assert.Contains("http.send is refused", Assert.Single(Evaluate.Errors("p := http.send({})")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_unsafe_variables_are_reported() =>
        Assert.Equal([2, 3], Evaluate.Errors("p if x > 1\nq if not y").Select(error => error.Location.Line));

    [Fact]
    public void Recursion_is_refused() =>
        Assert.Equal("rego_recursion_error", Assert.Single(Evaluate.Errors("p if q\nq if p")).Code);

    [Theory]
    [InlineData("p { true }")]
    [InlineData("p[x] { x := 1 }")]
    [InlineData("p := ")]
    [InlineData("p := \"a")]
    [InlineData("p if { a b }")]
    [InlineData("p := 01")]
    public void Syntax_that_is_not_v1_is_refused(string rule) =>
        Assert.Equal("rego_parse_error", Assert.Single(Evaluate.Errors(rule)).Code);

    [Fact]
    public void Every_rule_with_a_syntax_error_is_reported() =>
        Assert.Equal([3, 6], Evaluate.Errors("p := \nq := 1\nr if {\n\tinput.x\n\ts := }\n").Select(error => error.Location.Line).Distinct());

    [Theory]
    [InlineData("agreement := input.a\np if agrement.x == 1", "did you mean agreement?")]
    [InlineData("import data.tds.parties\np if partys.x == 1", "did you mean parties?")]
    [InlineData("satisfied(x) if x\np if data.test.satisfeid(1)", "did you mean satisfied?")]
    public void Misspelt_name_gets_a_hint(string rules, string hint) =>
        Assert.Contains(hint, Assert.Single(Evaluate.Errors(rules)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("p := upper(5)", "upper: invalid argument: this is number, expected string")]
    [InlineData("p := 1 + \"a\"", "plus: invalid argument: this is string, expected number")]
    [InlineData("p := upper(count(input))", "this is number, expected string")]
    [InlineData("p := count(input) & {1}", "this is number, expected set")]
    [InlineData("p := concat(\",\", {\"a\": 1})", "this is object, expected array or set")]
    [InlineData("p := {\"a\": 1}.b", "the object has no member \"b\": expected one of \"a\"")]
    [InlineData("p := count(input).x", "a number has no members")]
    public void Mistake_of_type_that_is_certain_is_reported(string rule, string message)
    {
        var error = Assert.Single(Evaluate.Errors(rule));
        Assert.Equal("rego_type_error", error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deprecated_builtin_is_named_as_such() =>
        Assert.Contains("deprecated", Assert.Single(Evaluate.Errors("p := cast_array([])")).Message, StringComparison.Ordinal);
}
