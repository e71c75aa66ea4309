namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>The tiles above the leaves, compared with what grows from below.</summary>
/// <param name="source">Where they are.</param>
/// <param name="size">Size of the log.</param>
/// <param name="add">Takes what is wrong.</param>
internal sealed class LevelTiles(ILogSource source, long size, Action<LogFault> add)
{
    private readonly List<MemoryStream> levels = [];

    /// <summary>The root over a full tile of the level below.</summary>
    /// <param name="level">From 1.</param>
    /// <param name="index">Its place in that level.</param>
    /// <param name="hash">The root.</param>
    public void Add(int level, long index, ReadOnlySpan<byte> hash)
    {
        while (levels.Count < level)
        {
            levels.Add(new MemoryStream());
        }

        var hashes = levels[level - 1];
        hashes.Write(hash);
        var path = TilePath.At(level, index / TilePath.FullWidth, size);
        if (hashes.Length < path.Width * MerkleTree.HashLength)
        {
            return;
        }

        var expected = hashes.ToArray();
        hashes.SetLength(0);
        if (source.Tile(path) is not { } tile)
        {
            add(new LogFault(path.ToString(), "it is missing"));
        }
        else if (!tile.AsSpan().SequenceEqual(expected))
        {
            add(new LogFault(path.ToString(), "its hashes are not those of the tiles below"));
        }

        if (path.IsFull)
        {
            Add(level + 1, path.Index, TileTree.Join(expected));
        }
    }
}
