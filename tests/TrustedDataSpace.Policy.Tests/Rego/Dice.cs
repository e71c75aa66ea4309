namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>Numbers that are the same in every run (xorshift).</summary>
internal sealed class Dice(ulong state)
{
    public long NextInt64()
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (long)(state >> 1);
    }

    public int Next(int bound) => (int)(NextInt64() % bound);

    public int Next(int least, int bound) => least + Next(bound - least);
}
