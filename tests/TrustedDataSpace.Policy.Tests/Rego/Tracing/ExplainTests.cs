using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Tracing;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego.Tracing;

public sealed class ExplainTests
{
    [Fact]
    public void Failing_condition_is_shown_with_the_values_that_stand_in_it()
    {
        var trace = Explain("p if {\n\tinput.stage == \"request\"\n\tinput.purpose == \"inference\" # the point\n}", """{"stage": "request", "purpose": "training"}""");

        Assert.Null(trace.Value);
        Assert.Equal(
            [
                "data.test.p gives nothing  (test.rego:2)",
                "| ok   input.stage == \"request\"  [input.stage = \"request\"]  (test.rego:3)",
                "| FAIL input.purpose == \"inference\"  [input.purpose = \"training\"]  (test.rego:4)",
            ],
            TraceText.Full(trace));
    }

    [Fact]
    public void Rules_that_a_condition_asks_stand_below_it()
    {
        var trace = Explain("p if q(input.x)\n\nq(x) if {\n\tx > 3\n\tx < 5\n}", """{"x": 7}""");

        Assert.Equal(
            [
                "data.test.p gives nothing  (test.rego:2)",
                "| FAIL q(input.x)  [input.x = 7]  (test.rego:2)",
                "| | data.test.q gives nothing  [x = 7]  (test.rego:4)",
                "| | | FAIL x < 5  [x = 7]  (test.rego:6)",
            ],
            TraceText.Why(trace));
    }

    [Fact]
    public void Each_way_through_an_iteration_is_shown()
    {
        var trace = Explain("p contains x if {\n\tsome x in input.xs\n\tx > 1\n}", """{"xs": [1, 2, 3]}""");

        Assert.Equal("{2, 3}", trace.Value!.ToString());
        Assert.Equal(
            [
                "data.test.p gives 2, 3  (test.rego:2)",
                "| ok   some x in input.xs  [input.xs = [1, 2, 3]]  (test.rego:3)",
                "| FAIL x > 1  [x = 1]  (test.rego:4)",
                "| ok   x > 1  [x = 2]  (test.rego:4)",
                "| ok   x > 1  [x = 3]  (test.rego:4)",
            ],
            TraceText.Full(trace));
    }

    [Fact]
    public void Missing_value_is_shown_as_undefined()
    {
        var trace = Explain("p if not input.a.b == 1\n\nq := input.missing", "{}", "data.test.q");
        Assert.Contains("| FAIL input.missing  [input.missing = undefined]  (test.rego:4)", TraceText.Full(trace));
    }

    [Fact]
    public void Else_default_negation_every_and_comprehension_are_told()
    {
        var trace = Explain(
            """
            default p := "none"

            p := "first" if {
            	not input.a
            	every x in [1, 2] {
            		x < 2
            	}
            } else := "second" if {
            	count([y | some y in input.ys; y > 0]) == 2
            }
            """,
            """{"ys": [1, -1]}""");

        Assert.Equal("\"none\"", trace.Value!.ToString());
        var lines = TraceText.Full(trace).ToList();
        Assert.Contains("| ok   not input.a  [input.a = undefined]  (test.rego:5)", lines);
        Assert.Contains("| FAIL every x in [1, 2] { x < 2 }  (test.rego:6)", lines);
        Assert.Contains("| | FAIL x < 2  [x = 2]  (test.rego:7)", lines);
        Assert.Contains("| FAIL count([y | some y in input.ys; y > 0]) == 2  (test.rego:10)", lines);
        Assert.Equal("data.test.p gives \"none\"  (test.rego:2)", lines[^1]);
    }

    [Fact]
    public void Condition_under_another_input_shows_no_value_of_this_one()
    {
        var trace = Explain("p if q with input as {\"x\": 5}\n\nq if input.x == 6", """{"x": 6}""");

        Assert.Null(trace.Value);
        Assert.Equal(
            [
                "data.test.p gives nothing  (test.rego:2)",
                "| FAIL q with input as {\"x\": 5}  (test.rego:2)",
                "| | data.test.q gives nothing  (test.rego:4)",
                "| | | FAIL input.x == 6  [input.x = 5]  (test.rego:4)",
            ],
            TraceText.Full(trace));
    }

    [Fact]
    public void Condition_is_quoted_from_its_left_side_to_its_end()
    {
        var lines = TraceText.Full(Explain("p := input.a + 1 if input.s == \"a # b; c\" else := 2", """{"a": 1, "s": "a # b; c"}""")).ToList();
        Assert.Contains(lines, line => line.StartsWith("| ok   input.s == \"a # b; c\"  [", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("| ok   input.a + 1  [", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_what_holds_only_the_way_that_held_is_told()
    {
        var trace = Explain("p if q\n\nq if input.x == 1\n\nq if input.x == 2", """{"x": 2}""");
        Assert.Equal(
            [
                "data.test.p gives true  (test.rego:2)",
                "| ok   q  [data.test.q = true]  (test.rego:2)",
                "| | data.test.q gives true  (test.rego:6)",
                "| | | ok   input.x == 2  [input.x = 2]  (test.rego:6)",
            ],
            TraceText.Why(trace));
    }

    [Fact]
    public void Item_that_a_comprehension_left_out_is_told_where_something_failed_for_it()
    {
        var lines = TraceText.Why(Explain("p if count(good) > 0\n\ngood := [x | some x in input.xs; x > 3]", """{"xs": [1]}""")).ToList();
        Assert.Contains(lines, line => line.Contains("FAIL x > 3  [x = 1]", StringComparison.Ordinal));
    }

    [Fact]
    public void Error_that_ends_the_evaluation_is_the_last_line()
    {
        var trace = Explain("p := x if some x in [1, 2]", "{}");
        Assert.NotNull(trace.Error);
        Assert.StartsWith("ended by: test.rego:2: eval_conflict_error", TraceText.Full(trace).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_looking_trace_is_cut()
    {
        var trace = Explain("p := count([1 | some x in numbers.range(1, 200); some y in numbers.range(1, 200); x < y])", "{}");
        Assert.True(trace.IsCut);
        Assert.Equal("19900", trace.Value!.ToString());
        Assert.StartsWith("(the trace is cut after", TraceText.Full(trace).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Program_that_is_not_traced_holds_no_probe() =>
        Assert.Null(RegoCompiler.Compile([new RegoSource("a.rego", "package a\np if input.x")]).Probes);

    private static RegoTrace Explain(string rules, string input, string path = "data.test.p") =>
        TracedProgram.Compile([new RegoSource("test.rego", "package test\n" + rules)]).Explain(path, RegoValue.ParseJson(input));
}
