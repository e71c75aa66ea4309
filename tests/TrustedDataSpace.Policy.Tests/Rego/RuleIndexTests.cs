using System.Globalization;
using System.Text;
using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>Finding definitions by what they compare must never lose one that would have succeeded.</summary>
public sealed class RuleIndexTests
{
    private const string Rules =
        """
        kinds := {"a", "b"}

        p contains "equal" if input.kind == "a"

        p contains "member" if input.kind in {"b", "c"}

        p contains "array" if input.kind in ["a", "c"]

        p contains "rule" if input.kind in kinds

        p contains "both" if {
        	input.kind == "a"
        	input.level == 2
        }

        p contains "free" if input.level > 1

        p contains "other way round" if "c" == input.kind

        p contains "absent" if not input.kind
        """;

    [Theory]
    [InlineData("""{"kind": "a", "level": 2}""", """["array","both","equal","free","rule"]""")]
    [InlineData("""{"kind": "b", "level": 1}""", """["member","rule"]""")]
    [InlineData("""{"kind": "c", "level": 2}""", """["array","free","member","other way round"]""")]
    [InlineData("""{"kind": "d", "level": 0}""", "[]")]
    [InlineData("""{"level": 2}""", """["absent","free"]""")]
    [InlineData("""{"kind": ["a"], "level": 2.0}""", """["free"]""")]
    public void Definitions_are_found_by_what_they_compare(string input, string expected) => Assert.Equal(expected, Evaluate.P(Rules, input));

    [Fact]
    public void Numbers_are_found_by_value_not_by_text() =>
        Assert.Equal("\"one\"", Evaluate.P("p := \"one\" if input == 1\n\np := \"two\" if input == 2", "1.0"));

    [Fact]
    public void Constant_that_a_test_replaces_is_seen_by_all_definitions() =>
        Assert.Equal("[\"x\",\"y\"]", Evaluate.P(
            "kinds := {\"a\"}\n\nq contains \"x\" if input.kind in kinds\n\nq contains \"y\" if input.kind == \"z\"\n\np := x if x := q with data.test.kinds as {\"z\"}",
            """{"kind": "z"}"""));

    [Fact]
    public void Input_that_a_test_replaces_is_the_one_that_is_compared() =>
        Assert.Equal("\"two\"", Evaluate.P("q := \"one\" if input.k == 1\n\nq := \"two\" if input.k == 2\n\np := x if x := q with input.k as 2", """{"k": 1}"""));

    [Fact]
    public void Functions_are_found_by_several_arguments() =>
        Assert.Equal("[\"ab\",\"a*\",\"*b\",\"**\"]", Evaluate.P(
            "f(\"a\", \"b\") := \"ab\"\n\nf(\"a\", y) := \"a*\" if y != \"b\"\n\nf(x, \"b\") := \"*b\" if x != \"a\"\n\nf(x, y) := \"**\" if {\n\tx != \"a\"\n\ty != \"b\"\n}\n\n" +
            "p := [f(\"a\", \"b\"), f(\"a\", 1), f(1, \"b\"), f(1, 1)]"));

    [Fact]
    public void Else_runs_where_the_first_branch_cannot_succeed() =>
        Assert.Equal("\"other\"", Evaluate.P("p := \"a\" if {\n\tinput == 1\n} else := \"other\"\n\np := \"b\" if input == 2", "3"));

    [Fact]
    public void Conflicts_are_found_among_many_definitions()
    {
        var rules = new StringBuilder();
        for (var i = 0; i < 50; i++)
        {
            rules.Append(CultureInfo.InvariantCulture, $"p := {i} if input == {i}\n\n");
        }

        rules.Append("p := 99 if input == 7\n");
        Assert.Equal("8", Evaluate.P(rules.ToString(), "8"));
        Assert.Equal(RegoEvaluationException.Conflict, Assert.Throws<RegoEvaluationException>(() => Evaluate.P(rules.ToString(), "7")).Code);
    }

    [Theory]
    [InlineData("a", "[\"narrow\",\"wide\"]")]
    [InlineData("b", "[\"wide\"]")]
    [InlineData("c", "[\"other\"]")]
    [InlineData("d", "[]")]
    public void Second_condition_on_the_same_place_still_has_to_hold(string kind, string expected) =>
        Assert.Equal(expected, Evaluate.P(
            "p contains \"wide\" if input.k in {\"a\", \"b\"}\n\np contains \"narrow\" if {\n\tinput.k in {\"a\", \"b\"}\n\tinput.k == \"a\"\n}\n\n" +
            "p contains \"other\" if input.k == \"c\"\n\np contains \"never\" if {\n\tinput.k == \"a\"\n\tinput.k == \"b\"\n}", $$"""{"k": "{{kind}}"}"""));

    [Fact]
    public void Condition_under_with_is_not_taken_for_looked_up() =>
        Assert.Equal("[\"one\"]", Evaluate.P(
            "p contains \"one\" if input.k == \"a\" with input.k as \"a\"\n\np contains \"two\" if input.k == \"b\"\n\np contains \"three\" if input.k == \"a\"", """{"k": "c"}"""));

    [Fact]
    public void Definition_that_was_looked_up_gives_the_value_of_its_arguments() =>
        Assert.Equal("[[\"a\",2],[\"b\",2],\"none\",[\"b\",null]]", Evaluate.P(
            "default f(_, _) := \"none\"\n\nf(\"a\", y) := [\"a\", z] if z := y + 1\n\nf(\"b\", y) := [\"b\", y]\n\np := [f(\"a\", 1), f(\"b\", 2), f(\"c\", 3), f(\"b\", null)]"));

    [Fact]
    public void State_of_one_evaluation_is_not_seen_by_the_next()
    {
        var query = RegoCompiler.Compile([new RegoSource("test.rego", "package test\np := [q, f(input.x), input.x]\nq := input.x\nf(y) := [z | some z in [y]]\n")])
            .Prepare("data.test.p");
        Assert.Equal("""[1,[1],1]""", query.Evaluate(RegoValue.ParseJson("""{"x": 1}"""))!.ToJsonString());
        Assert.Null(query.Evaluate(RegoValue.ParseJson("{}")));
        Assert.Equal("""["b",["b"],"b"]""", query.Evaluate(RegoValue.ParseJson("""{"x": "b"}"""))!.ToJsonString());
    }
}
