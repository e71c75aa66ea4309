using TrustedDataSpace.Policy.Rego.Evaluation;
using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// What functions make of one object that many questions have in common, where that follows from the object alone: such as whether a constraint of a
/// contract is understood. Only what has no size: a truth, a number, that there is none. One entry at most
/// for each function of the program that the object was read for, but for those that two threads add at once.
/// </summary>
internal sealed class KeptResults
{
    private volatile Entry? last;

    /// <summary>Gives a place for results to a value that is read once, and to all objects in it.</summary>
    public static void Begin(RegoValue value)
    {
        switch (value)
        {
            // The one without members is shared by all programs.
            case RegoObject { Count: > 0 } @object:
                @object.Kept = new KeptResults();
                for (var i = 0; i < @object.Count; i++)
                {
                    Begin(@object.ValueAt(i));
                }

                break;
            case RegoArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    Begin(array[i]);
                }

                break;
        }
    }

    /// <summary>The result; <see cref="Undefined"/> for one known to be undefined; null if it is not known.</summary>
    public RegoValue? Find(FunctionPlan function)
    {
        for (var entry = last; entry is not null; entry = entry.Before)
        {
            if (ReferenceEquals(entry.Function, function.Key))
            {
                return entry.Result;
            }
        }

        return null;
    }

    public void Keep(FunctionPlan function, RegoValue result)
    {
        if (result is RegoBoolean or RegoNumber { IsSmall: true } or Undefined)
        {
            last = new Entry(function.Key, result, last);
        }
    }

    private sealed record Entry(object Function, RegoValue Result, Entry? Before);
}
