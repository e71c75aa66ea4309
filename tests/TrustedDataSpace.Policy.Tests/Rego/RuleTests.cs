using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class RuleTests
{
    [Fact]
    public void Undefined_operand_of_an_inequality_under_a_plain_negation_makes_the_rule_undefined() =>
        Assert.Equal("undefined", Evaluate.P("p if not input.missing > 1"));

    [Fact]
    public void Undefined_operand_of_an_equality_under_a_plain_negation_lets_it_succeed() =>
        Assert.Equal("true", Evaluate.P("p if not input.missing == 1"));

    [Fact]
    public void Default_holds_when_no_definition_does() =>
        Assert.Equal("false", Evaluate.P("default p := false\np if input.admin"));

    [Fact]
    public void Definitions_that_disagree_are_a_conflict()
    {
        var conflict = Assert.Throws<RegoEvaluationException>(() => Evaluate.P("p := 1 if true\np := 2 if input.x", """{"x": true}"""));
        Assert.Equal(RegoEvaluationException.Conflict, conflict.Code);
    }

    [Fact]
    public void Else_is_tried_only_when_what_is_before_it_fails() =>
        Assert.Equal("2", Evaluate.P("p := 1 if input.x > 5\nelse := 2 if input.x > 1\nelse := 3", """{"x": 3}"""));

    [Fact]
    public void Body_is_reordered_so_that_variables_are_bound_first() =>
        Assert.Equal("3", Evaluate.P("p := y if { y = x + 1; x = 2 }"));

    [Fact]
    public void Layers_are_iterated_by_name()
    {
        var program = RegoCompiler.Compile(
        [
            new("a.rego", "package tds.layers.space\ndeny contains {\"term\": \"s\"} if input.bad"),
            new("b.rego", "package tds.layers.pilot\ndeny contains {\"term\": \"p\"} if input.bad"),
            new("c.rego", "package tds\ndecision := [[name, d.term] | some name; some d in data.tds.layers[name].deny]"),
        ]);
        var result = program.Prepare("data.tds.decision").Evaluate(RegoValue.ParseJson("""{"bad": true}"""));
        Assert.Equal("""[["pilot","p"],["space","s"]]""", result!.ToJsonString());
    }

    [Fact]
    public void Package_is_read_as_an_object_of_its_defined_rules()
    {
        var program = RegoCompiler.Compile([new("t.rego", "package t\na := 1\nb if false\nc contains 2\nf(x) := x")]);
        Assert.Equal("""{"a":1,"c":[2]}""", program.Prepare("data.t").Evaluate(RegoNull.Instance)!.ToJsonString());
    }

    [Fact]
    public void With_replaces_input_data_and_functions() =>
        Assert.Equal("[1,2,9]", Evaluate.P(
            """
            a := input.x
            b := data.base.y
            f(_) := 0
            c := f(1)
            p := [u, v, w] if { u := a with input.x as 1; v := b with data.base.y as 2; w := c with f as 9 }
            """));

    [Fact]
    public void Budget_stops_an_evaluation_that_is_too_long()
    {
        var program = RegoCompiler.Compile([new("t.rego", "package t\np := count([1 | some i in numbers.range(1, 1000); some j in numbers.range(1, 1000)])")]);
        var stopped = Assert.Throws<RegoEvaluationException>(
            () => program.Prepare("data.t.p").Evaluate(RegoNull.Instance, new EvaluationLimits { MaxInstructions = 10_000 }));
        Assert.Equal(RegoEvaluationException.Budget, stopped.Code);
    }

    [Fact]
    public void Cancelled_evaluation_stops()
    {
        var program = RegoCompiler.Compile([new("t.rego", "package t\np := 1")]);
        Assert.Throws<OperationCanceledException>(() => program.Prepare("data.t.p").Evaluate(RegoNull.Instance, ct: new CancellationToken(true)));
    }
}
