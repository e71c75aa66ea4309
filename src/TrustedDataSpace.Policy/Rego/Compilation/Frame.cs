using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Gives the variables and intermediate results of one definition their slots. Slot 0 is the result. A function that is put in the place of
/// its call has names of its own in the frame of the caller.
/// </summary>
internal sealed class Frame(Frame? caller = null)
{
    /// <summary>A function with more steps than this, with those of the functions in it, is called.</summary>
    private const int MostInlinedSteps = 48;

    /// <summary>So far it may be filled by other functions.</summary>
    private const int MostStepsOfOthers = 32;

    private const int MostInlinedLevels = 4;

    private readonly Dictionary<LocalVariable, int> slots = [];
    private readonly Dictionary<LocalVariable, Expression> arguments = [];
    private readonly Frame? caller = caller;
    private int size = 1;

    /// <summary>How many steps there are in the place of a call.</summary>
    public int Steps { get; private set; }

    /// <summary>Whether it is for steps that were counted already, in another form.</summary>
    public bool IsVariant { get; set; }

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
    /// <exception cref="NotInlinedException">The function of the frame that it names is to be called after all.</exception>
    public void Add(bool repeats)
    {
        for (var frame = this; frame.caller is not null && !frame.IsVariant; frame = frame.caller)
        {
            frame.Steps++;
            if ((repeats && frame == this) || frame.Steps > (frame == this ? MostInlinedSteps : MostStepsOfOthers))
            {
                throw new NotInlinedException(frame);
            }
        }
    }

    /// <summary>Takes back the steps of a function that is called after all.</summary>
    public void Withdraw(int stepsBefore)
    {
        var surplus = Steps - stepsBefore;
        for (var frame = this; frame.caller is not null && !frame.IsVariant; frame = frame.caller)
        {
            frame.Steps -= surplus;
        }
    }
}

/// <summary>Ends the attempt to put a function in the place of its call.</summary>
internal sealed class NotInlinedException(Frame frame) : Exception
{
    /// <summary>The frame in which there was no room.</summary>
    public Frame Frame { get; } = frame;
}
