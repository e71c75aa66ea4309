using TrustedDataSpace.Policy.Rego.Compilation;
using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>The parts of a condition whose values explain it: variables, references and calls that need nothing the condition itself binds.</summary>
internal static class Operands
{
    public static (string Text, Expression Value)[] Of(BodyPlanner body, Literal literal)
    {
        // Under a `with`, references mean something else inside than here, where they would be evaluated.
        var terms = Terms(literal).SelectMany(term => Parts(term, calls: literal.With.Count == 0))
            .Where(term => literal.With.Count == 0 || term is LocalTerm)
            .Concat(literal.With.SelectMany(modifier => Parts(modifier.Value, calls: false)));
        return [.. terms.Where(term => IsKnown(body, term))
            .Select(term => (Text: TermText.Of(term), Term: term))
            .DistinctBy(part => part.Text)
            .Select(part => (part.Text, body.Inner().Terms.Plan(part.Term)))];
    }

    /// <summary>The values now. Looking at them is no part of the evaluation, so it is not traced and its errors are undefined.</summary>
    public static IReadOnlyList<TraceValue> Values(Evaluation.Evaluation evaluation, RegoValue?[] slots, (string Text, Expression Value)[] operands)
    {
        var tracer = evaluation.Tracer;
        evaluation.Tracer = null;
        try
        {
            return [.. operands.Select(operand => new TraceValue(operand.Text, operand.Value.Evaluate(evaluation, slots)))];
        }
        catch (RegoEvaluationException)
        {
            return [];
        }
        finally
        {
            evaluation.Tracer = tracer;
        }
    }

    private static IEnumerable<Term> Terms(Literal literal) => literal switch
    {
        TermLiteral condition => [condition.Term],
        UnifyLiteral unify => [unify.Left, unify.Right],
        AssignLiteral assign => [assign.Value],
        SomeInLiteral some => [some.Domain],
        EveryLiteral every => [every.Domain],
        NotLiteral { Body.Literals: [var only] } => Terms(only),
        _ => [],
    };

    private static IEnumerable<Term> Parts(Term term, bool calls) => term switch
    {
        LocalTerm { Variable.IsGenerated: false } or RefTerm => [term],
        ArrayTerm array => array.Items.SelectMany(item => Parts(item, calls)),
        SetTerm set => set.Items.SelectMany(item => Parts(item, calls)),
        ObjectTerm @object => @object.Entries.SelectMany(entry => Parts(entry.Key, calls).Concat(Parts(entry.Value, calls))),
        FunctionCallTerm call => call.Arguments.SelectMany(argument => Parts(argument, calls)),
        BuiltinCallTerm call => call.Arguments.SelectMany(argument => (calls && argument is BuiltinCallTerm or FunctionCallTerm ? new[] { argument } : []).Concat(Parts(argument, calls))),
        _ => [],
    };

    private static bool IsKnown(BodyPlanner body, Term term) => term switch
    {
        ConstantTerm or RootTerm => true,
        LocalTerm local => body.Bound.Contains(local.Variable),
        RefTerm reference => IsKnown(body, reference.Head) && reference.Path.All(step => IsKnown(body, step)),
        FunctionCallTerm call => call.Arguments.Count == call.Function.Arity && call.Arguments.All(argument => IsKnown(body, argument)),
        BuiltinCallTerm call => !call.Builtin.IsRelation && call.Arguments.Count == call.Builtin.Arity && call.Arguments.All(argument => IsKnown(body, argument)),
        _ => false,
    };
}
