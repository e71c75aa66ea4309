using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>Choices that follow from a seed: SHA-256 over seed and counter. The seed is random unless it is given.</summary>
public sealed class Dice
{
    private readonly Lock gate = new();
    private readonly byte[] state = new byte[16];
    private long count;

    public Dice(ulong? seed = null)
    {
        Seed = seed ?? BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(8));
        BinaryPrimitives.WriteUInt64BigEndian(state, Seed);
    }

    /// <summary>For the report.</summary>
    public ulong Seed { get; }

    /// <summary>The seed as it is given on a command line.</summary>
    public string SeedText => Seed.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>From 0 up to and without <paramref name="below"/>.</summary>
    public int Next(int below)
    {
        lock (gate)
        {
            BinaryPrimitives.WriteInt64BigEndian(state.AsSpan(8), count++);
            return (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(state)) % (uint)below);
        }
    }
}
