using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Turns an ordered body into linked steps. Which variables are bound is known at each point, so that unification becomes binding,
/// comparing or taking apart, and references with free variables become nested iterations.
/// </summary>
internal sealed class BodyPlanner
{
    private readonly List<Step> steps = [];

    public BodyPlanner(PlanContext context, Frame frame, IEnumerable<LocalVariable> bound)
    {
        (Context, Frame, Bound) = (context, frame, [.. bound]);
        Terms = new TermPlanner(this);
    }

    public PlanContext Context { get; }

    public Frame Frame { get; }

    /// <summary>The variables that have a value at this point.</summary>
    public HashSet<LocalVariable> Bound { get; }

    public TermPlanner Terms { get; }

    public IReadOnlyList<Step> Steps => steps;

    /// <summary>Whether nothing has to be done or to hold so far.</summary>
    public bool IsEmpty => steps.Count == 0;

    public void Emit(Step step) => steps.Add(step);

    /// <summary>Links the steps planned so far and ends them with what takes the solutions.</summary>
    public Step Finish(Step last)
    {
        Emit(last);
        var next = last;
        for (var i = steps.Count - 2; i >= 0; i--)
        {
            var tests = i;
            while (tests >= 0 && steps[tests] is QuickTestStep)
            {
                tests--;
            }

            var step = steps[i];
            if (i - tests > 1)
            {
                step = new QuickTestsStep([.. steps.Skip(tests + 1).Take(i - tests).Cast<QuickTestStep>().Select(test => test.Condition)]);
                i = tests + 1;
            }

            step.Next = next;
            next = step;
        }

        return next;
    }

    /// <summary>A planner for a body inside this one, sharing its frame.</summary>
    public BodyPlanner Inner(params IEnumerable<LocalVariable> bound) => new(Context, Frame, [.. Bound, .. bound]);

    public void Plan(Body body)
    {
        foreach (var literal in body.Literals)
        {
            Context.Probes?.BeginCondition(this, literal);
            PlanInItsScope(literal);
            Context.Probes?.EndCondition(this, literal);
        }
    }

    /// <summary>A slot that holds the value of an expression.</summary>
    public int Store(Expression expression)
    {
        if (expression is SlotExpression known)
        {
            return known.Slot;
        }

        var slot = Frame.Allocate();
        Emit(new BindStep(slot, expression));
        return slot;
    }

    private void PlanInItsScope(Literal literal)
    {
        if (literal.With.Count == 0)
        {
            Plan(literal);
            return;
        }

        Emit(new EnterScopeStep([.. literal.With.Select(Plan)]));
        Plan(literal);
        Emit(new LeaveScopeStep());
    }

    private void Plan(Literal literal)
    {
        switch (literal)
        {
            case TermLiteral condition:
                PlanCondition(condition);
                break;
            case UnifyLiteral unify:
                Terms.IterateReferences([unify.Left, unify.Right]);
                new UnificationPlanner(this).Plan(unify.Left, unify.Right);
                break;
            case AssignLiteral assign:
                Terms.IterateReferences([assign.Value]);
                new UnificationPlanner(this).Plan(assign.Pattern, assign.Value);
                break;
            case SomeInLiteral some:
                PlanSome(some);
                break;
            case EveryLiteral every:
                PlanEvery(every);
                break;
            case NotLiteral not:
                PlanNot(not);
                break;
            default:
                throw new PlanException(literal.Location, "this condition is not supported here");
        }
    }

    private void PlanNot(NotLiteral not)
    {
        var inner = Inner();
        if (Context.Probes is null && not.Body.Literals is [TermLiteral { With: [], Term: FunctionCallTerm or BuiltinCallTerm or RefTerm or LocalTerm } single] &&
            SplitResult(single.Term) is (var condition, null))
        {
            inner.Terms.IterateReferences([condition]);
            var expression = inner.Terms.Plan(condition);
            if (inner.IsEmpty)
            {
                Emit(new NotTestStep(expression));
                return;
            }

            inner.Emit(TestStep.Of(expression));
        }
        else
        {
            inner.Plan(not.Body);
        }

        Emit(new NotStep(inner.Finish(new SucceedStep())));
    }

    private void PlanCondition(TermLiteral condition)
    {
        var (call, result) = SplitResult(condition.Term);
        Terms.IterateReferences([call]);
        if (result is null)
        {
            Emit(TestStep.Of(Terms.Plan(call)));
        }
        else
        {
            Terms.IterateReferences([result]);
            new UnificationPlanner(this).Plan(result, call);
        }
    }

    /// <summary>A call with one argument too many is matched with its last argument.</summary>
    private static (Term Call, Term? Result) SplitResult(Term term) => term switch
    {
        FunctionCallTerm call when call.Arguments.Count > call.Function.Arity =>
            (call with { Arguments = [.. call.Arguments.Take(call.Function.Arity)] }, call.Arguments[^1]),
        BuiltinCallTerm call when call.Arguments.Count > call.Builtin.Arity =>
            (call with { Arguments = [.. call.Arguments.Take(call.Builtin.Arity)] }, call.Arguments[^1]),
        _ => (term, null),
    };

    private void PlanSome(SomeInLiteral some)
    {
        Terms.IterateReferences([some.Domain]);
        var domain = Terms.Plan(some.Domain);
        var (key, value) = (SlotFor(some.Key), SlotFor(some.Value));
        Emit(new ScanStep(domain, key, value));
        Match(some.Key, key);
        Match(some.Value, value);
    }

    private int SlotFor(Term? pattern) => pattern switch
    {
        null => -1,
        LocalTerm local when !Bound.Contains(local.Variable) => Frame.SlotOf(local.Variable),
        _ => Frame.Allocate(),
    };

    private void Match(Term? pattern, int slot)
    {
        if (pattern is LocalTerm local && Frame.SlotOf(local.Variable) == slot)
        {
            Bound.Add(local.Variable);
        }
        else if (pattern is not null)
        {
            new UnificationPlanner(this).Plan(new PlannedTerm(pattern.Location, new SlotExpression(slot)), pattern);
        }
    }

    private void PlanEvery(EveryLiteral every)
    {
        Terms.IterateReferences([every.Domain]);
        var domain = Terms.Plan(every.Domain);
        var inner = Inner();
        var (key, value) = (inner.SlotFor(every.Key), inner.SlotFor(every.Value));
        inner.Match(every.Key, key);
        inner.Match(every.Value, value);
        inner.Plan(every.Body);
        Emit(new EveryStep(domain, key, value, inner.Finish(new SucceedStep())));
    }

    private Replacement Plan(WithModifier modifier)
    {
        if (modifier.Target is FunctionNameTerm function)
        {
            object replaced = function.Builtin is { } builtin ? builtin : Context.Function(function.Function!);
            return modifier.Value is FunctionNameTerm other
                ? new FunctionReplacement(replaced, other.Builtin is { } use ? use : Context.Function(other.Function!), null)
                : new FunctionReplacement(replaced, null, Terms.Plan(modifier.Value));
        }

        var target = (RefTerm)modifier.Target;
        var path = target.Path.Select(step => ((ConstantTerm)step).Value).ToArray();
        var value = Terms.Plan(modifier.Value);
        return ((RootTerm)target.Head).Root == DocumentRoot.Input ? new InputReplacement(path, value) : new DataReplacement(path, value);
    }
}
