using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Plans <c>left = right</c>: pairs of terms are taken apart and bound or compared as soon as one side has a value.</summary>
internal sealed class UnificationPlanner(BodyPlanner body)
{
    private readonly List<(Term Left, Term Right)> waiting = [];

    public void Plan(Term left, Term right)
    {
        waiting.Add((left, right));
        while (waiting.Count > 0)
        {
            var index = waiting.FindIndex(pair => TryPlan(pair.Left, pair.Right));
            if (index < 0)
            {
                throw new PlanException(left.Location, "this unification is not supported: give one side a value first");
            }

            waiting.RemoveAt(index);
        }
    }

    /// <summary>Plans a pair, or puts its parts at the end of the list; false if it has to wait.</summary>
    private bool TryPlan(Term left, Term right)
    {
        switch (left, right)
        {
            case (ArrayTerm one, ArrayTerm other) when one.Items.Count == other.Items.Count:
                waiting.AddRange(one.Items.Zip(other.Items));
                return true;
            case (ArrayTerm or ObjectTerm, ArrayTerm or ObjectTerm) when left.GetType() != right.GetType():
            case (ArrayTerm, ArrayTerm):
                body.Emit(new FailStep());
                BindNothing(left);
                BindNothing(right);
                return true;
            case (ObjectTerm one, ObjectTerm other) when TryPairEntries(one, other):
                return true;
        }

        return TryBind(left, right) || TryBind(right, left) || TryCompare(left, right);
    }

    /// <summary>What follows a certain failure never runs, but is planned: its variables need slots.</summary>
    private void BindNothing(Term pattern) => body.Bound.UnionWith(Variables.BoundBy(pattern));

    /// <summary>Two objects whose keys are certainly the same, or certainly not, are matched member by member.</summary>
    private bool TryPairEntries(ObjectTerm one, ObjectTerm other)
    {
        var pairs = one.Entries
            .SelectMany(entry => other.Entries.Where(match => LiteralSafety.SameKey(entry.Key, match.Key)).Select(match => (entry.Value, match.Value)))
            .ToList();
        if (pairs.Count == one.Entries.Count && pairs.Count == other.Entries.Count)
        {
            waiting.AddRange(pairs);
            return true;
        }

        if (!one.Entries.Concat(other.Entries).All(entry => entry.Key is ConstantTerm))
        {
            return false;
        }

        body.Emit(new FailStep());
        BindNothing(one);
        BindNothing(other);
        return true;
    }

    /// <summary>Matches a pattern that has free variables with a term that has a value.</summary>
    private bool TryBind(Term pattern, Term value)
    {
        var hasFree = Variables.BoundBy(pattern).Any(variable => !body.Bound.Contains(variable));
        if (!hasFree || !body.Terms.CanPlan(value))
        {
            return false;
        }

        var expression = body.Terms.Plan(value);
        switch (pattern)
        {
            case LocalTerm local when body.Bound.Contains(local.Variable):
                // Planning the value has just bound it, by iterating.
                body.Emit(new EqualStep(body.Terms.Plan(local), expression));
                break;
            case LocalTerm local:
                body.Emit(new BindStep(body.Frame.SlotOf(local.Variable), expression));
                body.Bound.Add(local.Variable);
                break;
            case ArrayTerm array:
                TakeApart(array, expression);
                break;
            case ObjectTerm @object when @object.Entries.All(entry => body.Terms.CanPlan(entry.Key)):
                TakeApart(@object, expression);
                break;
            default:
                return false;
        }

        return true;
    }

    private void TakeApart(ArrayTerm pattern, Expression value)
    {
        var slot = body.Store(value);
        body.Emit(new ArrayShapeStep(slot, pattern.Items.Count));
        for (var i = 0; i < pattern.Items.Count; i++)
        {
            var item = PathExpression.Of(new SlotExpression(slot), new RegoNumber(i));
            waiting.Add((new PlannedTerm(pattern.Location, item), pattern.Items[i]));
        }
    }

    private void TakeApart(ObjectTerm pattern, Expression value)
    {
        var slot = body.Store(value);
        body.Emit(new ObjectShapeStep(slot, pattern.Entries.Count));
        foreach (var (key, member) in pattern.Entries)
        {
            var content = new LookupExpression(new SlotExpression(slot), body.Terms.Plan(key));
            waiting.Add((new PlannedTerm(pattern.Location, content), member));
        }
    }

    private bool TryCompare(Term left, Term right)
    {
        if (!body.Terms.CanPlan(left) || !body.Terms.CanPlan(right))
        {
            return false;
        }

        body.Emit(new EqualStep(body.Terms.Plan(left), body.Terms.Plan(right)));
        return true;
    }
}
