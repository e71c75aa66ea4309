using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class SyntaxTests
{
    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("2 - -1", "3")]
    [InlineData("1 + 1 == 2", "true")]
    [InlineData("{1, 2} & {2, 3} | {4}", "[2,4]")]
    [InlineData("2 in [1, 2]", "true")]
    [InlineData("`a\\n`", "\"a\\\\n\"")]
    [InlineData("\"a\\u00e9\\n\"", "\"aé\\n\"")]
    [InlineData("$\"{1 + 1} {input.none} {{\"x\"}}\"", "\"2 <undefined> {\\\"x\\\"}\"")]
    [InlineData("set()", "[]")]
    [InlineData("[x | some x in [1, 2]]", "[1,2]")]
    [InlineData("{k: v | some k, v in [\"a\"]}", "{\"0\":\"a\"}")]
    public void Terms_are_read_by_precedence(string term, string json) => Assert.Equal(json, Evaluate.P("p := " + term));

    [Fact]
    public void Reference_and_call_must_follow_their_head_directly() =>
        Assert.Equal("rego_parse_error", Assert.Single(Evaluate.Errors("p := input [0]")).Code);

    [Fact]
    public void Conditions_on_one_line_need_a_semicolon()
    {
        var error = Assert.Single(Evaluate.Errors("p if {\n\tinput.x input.y\n}"));
        Assert.Equal("test.rego:3:10: rego_parse_error: unexpected 'input': expected a new line, ';' or '}' after the condition\n\tinput.x input.y", error.ToString());
    }

    [Fact]
    public void Errors_of_several_files_come_together()
    {
        RegoSource[] modules = [new("a.rego", "package a\np := ]"), new("b.rego", "package b\nq := )")];
        var refused = Assert.Throws<RegoCompileException>(() => RegoCompiler.Compile(modules));
        Assert.Equal(["a.rego", "b.rego"], refused.Errors.Select(error => error.Location.File));
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{", "}")]
    [InlineData("$\"{", "}\"")]
    [InlineData("count(", ")")]
    public void Nesting_without_end_is_refused_instead_of_exhausting_the_stack(string open, string close)
    {
        var depth = 20_000;
        var text = "p := " + string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
        Assert.Equal("rego_parse_error", Assert.Single(Evaluate.Errors(text)).Code);
    }

    [Theory]
    [InlineData(" + 1")]
    [InlineData(" in xs")]
    public void Operators_without_end_are_refused_instead_of_exhausting_the_stack(string more) =>
        Assert.Contains("operators", Assert.Single(Evaluate.Errors("p if 1" + string.Concat(Enumerable.Repeat(more, 50_000)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{", "}")]
    [InlineData("{1: ", "}")]
    [InlineData("(", ")")]
    public void Deep_terms_are_read_in_linear_time(string open, string close)
    {
        var text = "p := " + string.Concat(Enumerable.Repeat(open, 60)) + "1" + string.Concat(Enumerable.Repeat(close, 60));
        Assert.NotEqual("undefined", Evaluate.P(text));
    }

    [Fact]
    public void Path_without_end_is_refused_instead_of_exhausting_the_stack() =>
        Assert.Equal("rego_parse_error", Assert.Single(Evaluate.Errors("p" + string.Concat(Enumerable.Repeat(".a", 50_000)) + " := 1")).Code);

    [Fact]
    public void Chain_of_rules_that_does_not_fit_the_stack_is_refused_instead_of_exhausting_the_stack()
    {
        var rules = "x0 := 1\n" + string.Concat(Enumerable.Range(1, 4_000).Select(i => $"x{i} := x{i - 1}\n"));
        Exception? outcome = null;
        var small = new Thread(() => outcome = Record.Exception(() => Assert.Equal("1", Evaluate.P(rules + "p := x4000"))), maxStackSize: 256 * 1024);
        small.Start();
        small.Join();
        Assert.True(outcome is RegoCompileException or RegoEvaluationException, outcome?.ToString());
    }

    [Fact]
    public void Branches_without_end_are_refused_instead_of_exhausting_the_stack() =>
        Assert.Equal("rego_parse_error", Assert.Single(Evaluate.Errors("p := 1 if false" + string.Concat(Enumerable.Repeat("\nelse := 2 if false", 50_000)))).Code);
}
