using System.Security.Cryptography;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The right edge of the tree: one full subtree per bit that is set in the size. An append joins equal neighbours, like a carry in
/// binary addition, and stores each node that became full: O(log n), two rows per entry on average.
/// </summary>
internal sealed class LogFrontier
{
    private const int Levels = 62;

    private readonly byte[]?[] edge = new byte[]?[Levels];

    private LogFrontier(long size) => Size = size;

    /// <summary>The number of leaves.</summary>
    public long Size { get; private set; }

    public static LogFrontier Load(UnitOfWork unit)
    {
        var frontier = new LogFrontier(LogRows.Size(unit));
        for (var level = 0; level < Levels; level++)
        {
            if ((frontier.Size >> level & 1) == 1)
            {
                frontier.edge[level] = LogRows.Node(unit, level, (frontier.Size >> level) - 1);
            }
        }

        return frontier;
    }

    public void Append(UnitOfWork unit, LogLeaf leaf)
    {
        LogRows.AddEntry(unit, Size, leaf);
        var (level, hash) = (0, leaf.Hash);
        while (edge[level] is { } left)
        {
            hash = MerkleTree.NodeHash(left, hash);
            edge[level] = null;
            level++;
            LogRows.AddNode(unit, level, Size >> level, hash);
        }

        edge[level] = hash;
        Size++;
    }

    public byte[] Root()
    {
        byte[]? root = null;
        foreach (var subtree in edge)
        {
            // From the smallest, which is at the right, to the largest.
            root = (subtree, root) switch
            {
                (null, _) => root,
                (_, null) => subtree,
                _ => MerkleTree.NodeHash(subtree, root),
            };
        }

        return root ?? SHA256.HashData([]);
    }
}
