namespace TrustedDataSpace.Policy.Tests;

/// <summary>The same throws in every run, so that a case that failed fails again.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong state = seed;

    public int Next(int end) => (int)Next(0, end);

    public int Next(int start, int end) => (int)Next((long)start, end);

    public long Next(long start, long end) => start + (long)(Throw() % (ulong)(end - start));

    public T Pick<T>(params T[] items) => items[Next(items.Length)];

    // SplitMix64.
    private ulong Throw()
    {
        state += 0x9E3779B97F4A7C15;
        var value = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
