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
}
