using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// Verifies as much of a log as its members may read: the head against its signature, each tile of hashes against the one above, and the root over all
/// leaf hashes against the head. Entries and who has signed them are not looked at.
/// </summary>
/// <param name="source">The log.</param>
/// <param name="logKeys">The keys that count for checkpoints.</param>
public sealed class HashTreeVerifier(ILogSource source, IReadOnlyCollection<PublicKey> logKeys)
{
    private const int TileHeight = 8;

    /// <summary>Verifies. Faults are found, not thrown.</summary>
    /// <returns>How many leaf hashes there are, the root over them in base64, and what is wrong.</returns>
    public (long Size, string Root, IReadOnlyList<LogFault> Faults) Run()
    {
        var (tree, faults) = (new CompactRange(), new List<LogFault>());
        try
        {
            var head = SignedNote.Read(source.Head()).Verified(logKeys);
            var levels = new LevelTiles(source, head.Size, faults.Add);
            for (var index = 0L; TilePath.At(0, index, head.Size) is { Width: > 0 } path && faults.Count < LogVerifier.MostFaults; index++)
            {
                if (source.Tile(path) is not { } tile || tile.Length != path.Width * MerkleTree.HashLength)
                {
                    faults.Add(new LogFault(path.ToString(), "it is missing, or has another length than it should"));
                    break;
                }

                Append(tree, path, tile, levels);
            }

            if (tree.Size == head.Size && Convert.ToBase64String(tree.Root()) != head.Root)
            {
                faults.Add(new LogFault(LogBundle.CheckpointFile, "its root is not that of the tiles"));
            }
        }
        catch (Exception failure) when (failure is RefusalException or IOException or InvalidDataException)
        {
            faults.Add(new LogFault(LogBundle.CheckpointFile, failure.Message));
        }

        return (tree.Size, Convert.ToBase64String(tree.Root()), faults);
    }

    private static void Append(CompactRange tree, TilePath path, byte[] tile, LevelTiles levels)
    {
        if (path.IsFull)
        {
            var root = TileTree.Join(tile);
            tree.AppendSubtree(root, TileHeight);
            levels.Add(1, path.Index, root);
            return;
        }

        foreach (var hash in tile.Chunk(MerkleTree.HashLength))
        {
            tree.Append(hash);
        }
    }
}
