using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>An entry made ready for the log, outside the one writer's time.</summary>
/// <param name="EntryId">The identifier its source gave it.</param>
/// <param name="Key">Stands for source and identifier in the table of places.</param>
/// <param name="Bytes">The canonical form, which is kept and hashed.</param>
/// <param name="Hash">The RFC 6962 leaf hash of it.</param>
internal sealed record LogLeaf(string EntryId, byte[] Key, byte[] Bytes, byte[] Hash)
{
    private const int TimeBytes = 6;
    private const int HashBytes = 16;

    /// <exception cref="RefusalException">Malformed or TooLarge.</exception>
    public static IReadOnlyList<LogLeaf> Of(IReadOnlyList<EvidenceEntry> entries)
    {
        if (entries.DistinctBy(entry => entry.Id).Count() != entries.Count)
        {
            throw new RefusalException(RefusalCode.Malformed, "Two entries of the batch have one identifier.") { Where = "entries" };
        }

        return [.. entries.Select(Of)];
    }

    /// <summary>
    /// The time within the identifier, and a hash of source and identifier. The time comes first so that new rows stand side by side in
    /// the table: by the hash alone each would touch a page of its own.
    /// </summary>
    public static byte[] KeyOf(EvidenceEntry entry)
    {
        var key = new byte[TimeBytes + HashBytes];
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, TimeOf(entry.Id));
        time[^TimeBytes..].CopyTo(key);
        SHA256.HashData(Encoding.UTF8.GetBytes(entry.Source + "\n" + entry.Id)).AsSpan(0, HashBytes).CopyTo(key.AsSpan(TimeBytes));
        return key;
    }

    // Identifiers of our services are UUIDs of version 7, which begin with a time. Of others nothing is expected.
    private static long TimeOf(string id) => Guid.TryParse(id, out var uuid) && uuid.Version == 7 ? BinaryPrimitives.ReadInt64BigEndian(uuid.ToByteArray(bigEndian: true)) >> 16 : 0;

    private static LogLeaf Of(EvidenceEntry entry)
    {
        var bytes = entry.CanonicalBytes().ToArray();

        // Measured in the canonical form, which can be longer than what was sent (1e20 has 21 digits).
        if (bytes.Length > EvidenceEntry.MaxBytes)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"Entry {entry.Id} has {bytes.Length} bytes in its canonical form, {EvidenceEntry.MaxBytes} are the most.") { Where = "entries" };
        }

        return new LogLeaf(entry.Id, KeyOf(entry), bytes, MerkleTree.LeafHash(bytes));
    }
}
