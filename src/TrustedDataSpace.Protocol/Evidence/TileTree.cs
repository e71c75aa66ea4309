using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// RFC 6962 §2.1 over the tiles of a log: every full subtree is a hash in a tile, or a few hashes away from one, so that a proof
/// reads O(log n) tiles, for any size up to that of the tiles. Keeps what it has read: make one for each question.
/// </summary>
/// <param name="size">The size of the log whose tiles these are.</param>
/// <param name="read">Reads a tile; null where there is none.</param>
public sealed class TileTree(long size, Func<TilePath, byte[]?> read)
{
    private readonly Dictionary<(int Level, long Index), byte[]> tiles = [];

    /// <summary>The hash of a leaf.</summary>
    /// <exception cref="InvalidDataException">A tile is missing or has another length: names it.</exception>
    public byte[] Leaf(long index) => Node(0, index);

    /// <summary>The root over the leaves from <paramref name="from"/> to before <paramref name="to"/>, as a proof asks for it.</summary>
    /// <exception cref="InvalidDataException">A tile is missing or has another length: names it.</exception>
    public byte[] Root(long from, long to)
    {
        var width = to - from;
        if (width == 0)
        {
            return SHA256.HashData([]);
        }

        if (BitOperations.IsPow2(width))
        {
            return Node(BitOperations.Log2((ulong)width), from / width);
        }

        // The left part of every split is a full subtree at its natural place.
        var middle = from + MerkleTree.SplitPoint(width);
        return MerkleTree.NodeHash(Root(from, middle), Root(middle, to));
    }

    /// <summary>Joins the hashes of a tile to the root over them; their number is a power of two.</summary>
    public static byte[] Join(ReadOnlySpan<byte> hashes)
    {
        Span<byte> nodes = stackalloc byte[hashes.Length];
        hashes.CopyTo(nodes);
        return MerkleTree.Root(nodes);
    }

    private byte[] Node(int height, long index)
    {
        var (level, rest) = (height / 8, height % 8);
        var first = index << rest;
        var tile = Tile(level, first / TilePath.FullWidth);
        var (begin, length) = ((int)(first % TilePath.FullWidth) * MerkleTree.HashLength, MerkleTree.HashLength << rest);
        return begin + length <= tile.Length
            ? Join(tile.AsSpan(begin, length))
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"the log of {size} entries has no node {index} of height {height}"));
    }

    private byte[] Tile(int level, long index)
    {
        if (tiles.TryGetValue((level, index), out var known))
        {
            return known;
        }

        var path = TilePath.At(level, index, size);
        // A partial tile may be gone once the full one is there, of which it is the beginning.
        var tile = path.Width == 0 ? [] : read(path) ?? (path.IsFull ? null : read(path.Full)) ?? throw new InvalidDataException($"{path} is missing");
        if (tile.Length % MerkleTree.HashLength != 0 || tile.Length < path.Width * MerkleTree.HashLength)
        {
            throw new InvalidDataException($"{path} has {tile.Length} bytes");
        }

        return tiles[(level, index)] = tile;
    }
}
