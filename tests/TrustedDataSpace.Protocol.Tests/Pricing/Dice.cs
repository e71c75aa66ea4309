namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>Numbers that look thrown and are the same in every run, so that a failure can be repeated.</summary>
internal sealed class Dice(int seed)
{
    private ulong state = (ulong)seed;

    public int Next(int end) => Next(0, end);

    /// <summary>From <paramref name="begin"/> to below <paramref name="end"/>.</summary>
    public int Next(int begin, int end)
    {
        // SplitMix64.
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return begin + (int)((mixed ^ (mixed >> 31)) % (ulong)(end - begin));
    }

    public void Shuffle<T>(T[] items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = Next(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
