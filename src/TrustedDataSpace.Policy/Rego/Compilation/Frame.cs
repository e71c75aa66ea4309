namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Gives the variables and intermediate results of one definition their slots. Slot 0 is the result.</summary>
internal sealed class Frame
{
    private readonly Dictionary<LocalVariable, int> slots = [];

    public int Size { get; private set; } = 1;

    public int Allocate() => Size++;

    public int SlotOf(LocalVariable variable)
    {
        if (!slots.TryGetValue(variable, out var slot))
        {
            slot = Allocate();
            slots.Add(variable, slot);
        }

        return slot;
    }
}
