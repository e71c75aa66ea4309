using System.Buffers;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The tiles at the right edge, which still grow: one for each level, and the bundle of entries. Built anew from the full tiles below
/// at every start, and after every failure, so that a partial tile on the disk is never believed.
/// </summary>
internal sealed class RightEdge
{
    private readonly LogFiles files;
    private readonly List<ArrayBufferWriter<byte>> levels = [];
    private readonly ArrayBufferWriter<byte> entries = new();
    private readonly HashSet<TilePath> filled = [];
    private long written;

    private RightEdge(LogFiles files, long size) => (this.files, Size, written) = (files, size, size);

    /// <summary>The number of entries in it and in the tiles before it.</summary>
    public long Size { get; private set; }

    /// <summary>Tiles that became full and whose partial forms have gone out of use.</summary>
    public IReadOnlyCollection<TilePath> Filled => filled;

    /// <param name="files">The tiles.</param>
    /// <param name="size">The number of entries in full bundles: a multiple of 256.</param>
    /// <exception cref="InvalidDataException">A full tile is missing or damaged: names it.</exception>
    public static RightEdge Load(LogFiles files, long size)
    {
        if (size % TilePath.FullWidth != 0)
        {
            throw new InvalidDataException($"the rows of the entries from {size} on are missing");
        }

        var edge = new RightEdge(files, size);
        for (var level = 1; TilePath.CountAt(level, size) > 0; level++)
        {
            var count = TilePath.CountAt(level, size);
            for (var index = count - (count % TilePath.FullWidth); index < count; index++)
            {
                var below = new TilePath(level - 1, index, TilePath.FullWidth);
                var hashes = files.Read(below);
                if (hashes?.Length != TilePath.FullWidth * MerkleTree.HashLength)
                {
                    throw new InvalidDataException($"{below} is missing or has another length");
                }

                edge.Level(level).Write(TileTree.Join(hashes));
            }

            edge.Level(level);
        }

        return edge;
    }

    /// <summary>Adds an entry; writes each tile that it fills, durably.</summary>
    public void Append(ReadOnlySpan<byte> entry)
    {
        EntryBundle.Append(entries, entry);
        Size++;
        if (Size % TilePath.FullWidth == 0)
        {
            Fill(TilePath.Entries, entries);
        }

        var hash = MerkleTree.LeafHash(entry);
        for (var level = 0; ; level++)
        {
            var tile = Level(level);
            tile.Write(hash);
            if (tile.WrittenCount < TilePath.FullWidth * MerkleTree.HashLength)
            {
                break;
            }

            hash = TileTree.Join(tile.WrittenSpan);
            Fill(level, tile);
        }
    }

    /// <summary>Writes the partial tiles that have grown since the last time.</summary>
    public void WritePartial()
    {
        Write(TilePath.Entries, entries);
        for (var level = 0; level < levels.Count; level++)
        {
            Write(level, levels[level]);
        }

        written = Size;
    }

    /// <summary>The root over all entries.</summary>
    public byte[] Root() => new TileTree(Size, tile => tile.IsFull ? files.Read(tile) : levels[tile.Level].WrittenSpan.ToArray()).Root(0, Size);

    /// <summary>Forgets which tiles became full.</summary>
    public void Forget() => filled.Clear();

    private void Write(int level, ArrayBufferWriter<byte> tile)
    {
        var count = TilePath.CountAt(level, Size);
        var path = TilePath.At(level, count / TilePath.FullWidth, Size);
        if (path.Width > 0 && count != TilePath.CountAt(level, written))
        {
            files.Write(path, tile.WrittenSpan);
        }
    }

    private void Fill(int level, ArrayBufferWriter<byte> tile)
    {
        var path = new TilePath(level, (TilePath.CountAt(level, Size) / TilePath.FullWidth) - 1, TilePath.FullWidth);
        files.Write(path, tile.WrittenSpan);
        filled.Add(path);
        tile.ResetWrittenCount();
    }

    private ArrayBufferWriter<byte> Level(int level)
    {
        while (levels.Count <= level)
        {
            levels.Add(new ArrayBufferWriter<byte>());
        }

        return levels[level];
    }
}
