using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Gives the variables and intermediate results of one definition their slots. Slot 0 is the result. A function that is put in the place of
/// its call has names of its own in the frame of the caller.
/// </summary>
internal sealed class Frame(Frame? caller = null)
{
    /// <summary>A function with more steps than this is called.</summary>
    private const int MostInlinedSteps = 32;

    private const int MostInlinedLevels = 6;

    private readonly Dictionary<LocalVariable, int> slots = [];
    private readonly Dictionary<LocalVariable, Expression> arguments = [];
    private int size = 1;
    private int steps;

    public int Size => caller?.Size ?? size;

    public bool CanInline => Level < MostInlinedLevels;

    private int Level { get; } = caller is null ? 0 : caller.Level + 1;

    public int Allocate() => caller?.Allocate() ?? size++;

    public int SlotOf(LocalVariable variable)
    {
        if (!slots.TryGetValue(variable, out var slot))
        {
            slot = Allocate();
            slots.Add(variable, slot);
        }

        return slot;
    }

    /// <summary>An argument is what the caller has given: a constant, or one of its slots.</summary>
    public void Set(LocalVariable argument, Expression value) => arguments[argument] = value;

    /// <summary>Reads a variable that has a value.</summary>
    public Expression Value(LocalVariable variable) => arguments.GetValueOrDefault(variable) ?? new SlotExpression(SlotOf(variable));

    /// <summary>Counts a step. In the place of a call there may be few, and none that repeats others: results of calls are kept, these are not.</summary>
    /// <exception cref="NotInlinedException">The function of this frame is to be called after all.</exception>
    public void Add(bool repeats)
    {
        if (caller is not null)
        {
            if (repeats || ++steps > MostInlinedSteps)
            {
                throw new NotInlinedException(this);
            }

            caller.Add(repeats: false);
        }
    }
}

/// <summary>Ends the attempt to put a function in the place of its call.</summary>
internal sealed class NotInlinedException(Frame frame) : Exception
{
    /// <summary>The frame in which there was no room.</summary>
    public Frame Frame { get; } = frame;
}
