using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>What a member hands back to the log of an authority that was restored from a backup, or a part of it.</summary>
/// <param name="Checkpoint">The last checkpoint that the member has verified, signed.</param>
/// <param name="Batch">Entries of the member that were acknowledged; null: none in this part.</param>
/// <param name="Own">Entries of the authority that the member has kept for it; at most 500.</param>
/// <param name="Complete">Whether that was all.</param>
public sealed record LogReturn(string Checkpoint, ReturnedBatch? Batch = null, IReadOnlyList<SealedEntry>? Own = null, bool Complete = false)
{
    /// <summary>The most entries of the authority in one part.</summary>
    public const int MaxOwn = 500;

    // Half of what a control interface accepts by default.
    private const int MostBytes = 512 * 1024;

    /// <summary>The first of some entries of the authority, as many as go into one part or page: at most 500, and of 512 KiB, unless the first alone is longer.</summary>
    /// <param name="copies">The entries, in order.</param>
    public static IReadOnlyList<SealedEntry> Part(IEnumerable<SealedEntry> copies)
    {
        ArgumentNullException.ThrowIfNull(copies);
        var part = new List<SealedEntry>();
        var bytes = 0L;
        foreach (var copy in copies)
        {
            bytes += copy.Box.Length;
            if (part.Count == MaxOwn || (part.Count > 0 && bytes > MostBytes))
            {
                break;
            }

            part.Add(copy);
        }

        return part;
    }
}

/// <summary>Entries with the proof of where they stood.</summary>
/// <param name="Batch">The entries behind what the restored log has, signed by the member.</param>
/// <param name="Before">Leaf hashes of the receipt's entries before them, which are not needed.</param>
/// <param name="Proof">Of the receipt: where all of them stand.</param>
/// <param name="Checkpoint">Of the receipt, signed.</param>
public sealed record ReturnedBatch(EvidenceBatch Batch, IReadOnlyList<byte[]> Before, RangeProof Proof, string Checkpoint);

/// <summary>An entry of the authority, which only its master key opens.</summary>
/// <param name="Index">Its place in the log.</param>
/// <param name="Box">The sealed entry.</param>
public sealed record SealedEntry(long Index, string Box);

/// <summary>Whether the authority collects what its log has lost.</summary>
/// <param name="Origin">Name of the log.</param>
/// <param name="From">The size of the restored log: what stands behind is wanted.</param>
/// <param name="Restore">Names the restore; null: it collects nothing.</param>
public sealed record LogCollectionStatus(string Origin, long From, string? Restore = null);
