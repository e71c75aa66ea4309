using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>An entry made ready for the log, outside the one writer's time.</summary>
/// <param name="Source">Who says so.</param>
/// <param name="EntryId">The identifier its source gave it.</param>
/// <param name="Text">The canonical form, which is kept and hashed.</param>
/// <param name="Hash">The RFC 6962 leaf hash of the text.</param>
internal sealed record LogLeaf(string Source, string EntryId, string Text, byte[] Hash)
{
    /// <exception cref="RefusalException">Malformed or TooLarge.</exception>
    public static IReadOnlyList<LogLeaf> Of(IReadOnlyList<EvidenceEntry> entries)
    {
        if (entries.DistinctBy(entry => entry.Id).Count() != entries.Count)
        {
            throw new RefusalException(RefusalCode.Malformed, "Two entries of the batch have one identifier.") { Where = "entries" };
        }

        return [.. entries.Select(Of)];
    }

    private static LogLeaf Of(EvidenceEntry entry)
    {
        var bytes = entry.CanonicalBytes();

        // Measured in the canonical form, which can be longer than what was sent (1e20 has 21 digits).
        if (bytes.Length > EvidenceEntry.MaxBytes)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"Entry {entry.Id} has {bytes.Length} bytes in its canonical form, {EvidenceEntry.MaxBytes} are the most.") { Where = "entries" };
        }

        return new LogLeaf(entry.Source, entry.Id, Encoding.UTF8.GetString(bytes), MerkleTree.LeafHash(bytes));
    }
}
