using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>Holds the members of arrays and objects until all of them are read, so that each is allocated once and in its size.</summary>
internal sealed class ValueStack
{
    private const int MostKept = 4096;

    private RegoValue?[] items = new RegoValue?[64];
    private int highest;

    /// <summary>How many values there are.</summary>
    public int Top { get; private set; }

    public void Push(RegoValue value)
    {
        if (Top == items.Length)
        {
            Array.Resize(ref items, Top * 2);
        }

        items.Put(Top++, value);
    }

    public void Replace(int place, RegoValue value) => items.Put(place, value);

    /// <summary>Takes away all values from this place on.</summary>
    public RegoValue[] Take(int from)
    {
        var taken = new RegoValue[Top - from];
        items.AsSpan(from, taken.Length).CopyTo(taken!);
        (highest, Top) = (Math.Max(highest, Top), from);
        return taken;
    }

    /// <summary>Forgets what was read.</summary>
    public void Clear()
    {
        if (items.Length > MostKept)
        {
            items = new RegoValue?[64];
        }

        Array.Clear(items, 0, Math.Min(Math.Max(highest, Top), items.Length));
        (highest, Top) = (0, 0);
    }
}
