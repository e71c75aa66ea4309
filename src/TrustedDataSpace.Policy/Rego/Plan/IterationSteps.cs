using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>Runs a body for each member of a collection. A key slot of -1 wants no keys.</summary>
internal static class Iteration
{
    /// <summary>True as soon as the body says that no more is wanted.</summary>
    public static bool Run(Evaluation.Evaluation evaluation, RegoValue?[] slots, RegoValue collection, int keySlot, int valueSlot, Step body) => collection switch
    {
        RegoArray array => OverArray(evaluation, slots, array, keySlot, valueSlot, body),
        RegoObject @object => OverObject(evaluation, slots, @object, keySlot, valueSlot, body),
        RegoSet set => OverSet(evaluation, slots, set, keySlot, valueSlot, body),
        DocumentCursor cursor => OverDocuments(evaluation, slots, cursor, keySlot, valueSlot, body),
        _ => false,
    };

    private static bool OverArray(Evaluation.Evaluation evaluation, RegoValue?[] slots, RegoArray array, int keySlot, int valueSlot, Step body)
    {
        for (var i = 0; i < array.Count; i++)
        {
            evaluation.Spend();
            if (keySlot >= 0)
            {
                slots.Put(keySlot, RegoNumber.Of(i));
            }

            slots.Put(valueSlot, array[i]);
            if (body.Execute(evaluation, slots))
            {
                return true;
            }
        }

        return false;
    }

    private static bool OverObject(Evaluation.Evaluation evaluation, RegoValue?[] slots, RegoObject @object, int keySlot, int valueSlot, Step body)
    {
        var order = @object.Table.Order;
        foreach (var position in order)
        {
            evaluation.Spend();
            if (keySlot >= 0)
            {
                slots.Put(keySlot, @object.Table[position]);
            }

            slots.Put(valueSlot, @object.ValueAt(position));
            if (body.Execute(evaluation, slots))
            {
                return true;
            }
        }

        return false;
    }

    private static bool OverSet(Evaluation.Evaluation evaluation, RegoValue?[] slots, RegoSet set, int keySlot, int valueSlot, Step body)
    {
        var order = set.Table.Order;
        foreach (var position in order)
        {
            evaluation.Spend();
            var member = set.Table[position];
            if (keySlot >= 0)
            {
                slots.Put(keySlot, member);
            }

            slots.Put(valueSlot, member);
            if (body.Execute(evaluation, slots))
            {
                return true;
            }
        }

        return false;
    }

    private static bool OverDocuments(Evaluation.Evaluation evaluation, RegoValue?[] slots, DocumentCursor cursor, int keySlot, int valueSlot, Step body)
    {
        foreach (var key in cursor.Base is null ? cursor.Node.ChildKeys : [.. cursor.Keys()])
        {
            evaluation.Spend();
            if (evaluation.Descend(cursor, key) is not { } value)
            {
                continue;
            }

            if (keySlot >= 0)
            {
                slots.Put(keySlot, key);
            }

            slots.Put(valueSlot, value);
            if (body.Execute(evaluation, slots))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Goes on with each member of a collection; with none if the value is no collection.</summary>
internal sealed class ScanStep(Expression collection, int keySlot, int valueSlot) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        collection.Evaluate(evaluation, slots) is { } value && Iteration.Run(evaluation, slots, value, keySlot, valueSlot, Next);
}

/// <summary>The body must have a solution for every member; a domain that is no collection fails.</summary>
internal sealed class EveryStep(Expression domain, int keySlot, int valueSlot, Step body) : Step
{
    private readonly CounterexampleStep counterexample = new(body);

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var members = domain.Evaluate(evaluation, slots);
        return members is RegoArray or RegoObject or RegoSet &&
            !Iteration.Run(evaluation, slots, members, keySlot, valueSlot, counterexample) &&
            Next.Execute(evaluation, slots);
    }

    /// <summary>Stops the iteration at the first member for which the body has no solution.</summary>
    private sealed class CounterexampleStep(Step body) : Step
    {
        public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) => !body.Execute(evaluation, slots);
    }
}
