using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// SHA-256 (FIPS 180-4) of eight short messages at once, each in its own lane of vectors. The platform hashes one at a time, and to begin and end one costs
/// it several times as much as to hash two hundred bytes. Where vectors are slow, the platform does it.
/// </summary>
internal static class HashLanes
{
    /// <summary>Messages at once.</summary>
    public const int Count = 8;

    private const int BlockBytes = 64;
    private const int BlockWords = BlockBytes / sizeof(uint);
    private const int Rounds = 64;

    // Behind a message: a bit that is set, and its length in bits.
    private const int LeastPadding = 1 + sizeof(ulong);

    // §4.2.2 and §5.3.3.
    private static readonly uint[] RoundConstants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private static readonly uint[] Beginning = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    /// <summary>The longest message for which a slot of so many bytes has room, with what must stand behind it.</summary>
    public static int Longest(int slotBytes) => slotBytes - LeastPadding;

    /// <summary>Hashes messages.</summary>
    /// <param name="slots">Eight slots of the same size, a multiple of 64 bytes, each beginning with a message. What stands behind the messages is written over.</param>
    /// <param name="lengths">Length of each message in bytes; as many as there are, at most eight.</param>
    /// <param name="hashes">Where the hashes go, 32 bytes each. May not overlap the slots.</param>
    /// <exception cref="ArgumentOutOfRangeException">A message has no room in its slot (<see cref="Longest"/>).</exception>
    public static void Hash(Span<byte> slots, ReadOnlySpan<int> lengths, Span<byte> hashes)
    {
        var slotBytes = slots.Length / Count;
        foreach (var length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Longest(slotBytes), nameof(lengths));
        }

        if (!Vector256.IsHardwareAccelerated)
        {
            for (var i = 0; i < lengths.Length; i++)
            {
                SHA256.HashData(slots.Slice(i * slotBytes, lengths[i]), hashes[(i * MerkleTree.HashLength)..]);
            }

            return;
        }

        Span<uint> blocks = stackalloc uint[Count];
        blocks.Clear();
        var most = 0u;
        for (var i = 0; i < lengths.Length; i++)
        {
            blocks[i] = Pad(slots.Slice(i * slotBytes, slotBytes), lengths[i]);
            most = Math.Max(most, blocks[i]);
        }

        Span<Vector256<uint>> state = stackalloc Vector256<uint>[Beginning.Length];
        for (var i = 0; i < state.Length; i++)
        {
            state[i] = Vector256.Create(Beginning[i]);
        }

        Span<Vector256<uint>> words = stackalloc Vector256<uint>[BlockWords];
        for (var block = 0; block < most; block++)
        {
            Load(slots[(block * BlockBytes)..], slotBytes, words);

            // A message that is over stays as it is.
            Add(state, words, Vector256.GreaterThan(Vector256.Create<uint>(blocks), Vector256.Create((uint)block)));
        }

        for (var i = 0; i < lengths.Length; i++)
        {
            for (var word = 0; word < state.Length; word++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(hashes[((i * MerkleTree.HashLength) + (word * sizeof(uint)))..], state[word][i]);
            }
        }
    }

    // §5.1.1. Returns how many blocks there are.
    private static uint Pad(Span<byte> slot, int length)
    {
        var blocks = (length + LeastPadding + BlockBytes - 1) / BlockBytes;
        var end = (blocks * BlockBytes) - sizeof(ulong);
        slot[length] = 0x80;
        slot[(length + 1)..end].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(slot[end..], (ulong)length * 8);
        return (uint)blocks;
    }

    // One block of each message: its words go into the lanes of as many vectors.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Load(ReadOnlySpan<byte> slots, int slotBytes, Span<Vector256<uint>> words)
    {
        Span<uint> lanes = stackalloc uint[Count];
        for (var word = 0; word < words.Length; word++)
        {
            for (var lane = 0; lane < lanes.Length; lane++)
            {
                lanes[lane] = BinaryPrimitives.ReadUInt32BigEndian(slots[((lane * slotBytes) + (word * sizeof(uint)))..]);
            }

            words[word] = Vector256.Create<uint>(lanes);
        }
    }

    // §6.2.2. Compiled well at once: vectors that are not are slower than the platform.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(Span<Vector256<uint>> state, Span<Vector256<uint>> words, Vector256<uint> running)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var round = 0; round < Rounds; round++)
        {
            ref var word = ref words[round % BlockWords];
            if (round >= BlockWords)
            {
                var (early, late) = (words[(round + 1) % BlockWords], words[(round + 14) % BlockWords]);
                word += (Right(early, 7) ^ Right(early, 18) ^ (early >>> 3)) + words[(round + 9) % BlockWords] + (Right(late, 17) ^ Right(late, 19) ^ (late >>> 10));
            }

            var one = h + (Right(e, 6) ^ Right(e, 11) ^ Right(e, 25)) + Vector256.ConditionalSelect(e, f, g) + Vector256.Create(RoundConstants[round]) + word;
            var other = (Right(a, 2) ^ Right(a, 13) ^ Right(a, 22)) + Vector256.ConditionalSelect(a ^ b, c, a);
            (h, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + other);
        }

        (state[0], state[1], state[2], state[3]) = (state[0] + (a & running), state[1] + (b & running), state[2] + (c & running), state[3] + (d & running));
        (state[4], state[5], state[6], state[7]) = (state[4] + (e & running), state[5] + (f & running), state[6] + (g & running), state[7] + (h & running));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Right(Vector256<uint> value, [ConstantExpected] byte by) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, by) : (value >>> by) | (value << (32 - by));
}
