using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>Receipts as they were verified: one for each acknowledged batch, from which that of each entry is made.</summary>
internal sealed class ReceiptStore(EvidenceTrail trail, ReceiptWaits waits, Database database, Ids ids, ConnectorSettings settings)
{
    /// <summary>Keeps a verified receipt and marks its entries as logged.</summary>
    /// <param name="unit">Of both.</param>
    /// <param name="receipt">The receipt.</param>
    /// <param name="entries">The entries that it covers.</param>
    /// <param name="key">The key of the log.</param>
    public void Keep(UnitOfWork unit, EvidenceReceipt receipt, IReadOnlyList<EvidenceEntry> entries, PublicKey key)
    {
        unit.Execute(
            """
            INSERT INTO log_receipts (space_id, id, first_index, count, size, note, log_key, proof, first_entry, last_entry)
            VALUES (@Space, @Id, @FirstIndex, @Count, @Size, @Checkpoint, @LogKey, @Proof, @First, @Last)
            """,
            new
            {
                unit.Space,
                Id = ids.Next(),
                receipt.FirstIndex,
                entries.Count,
                receipt.Proof.Size,
                receipt.Checkpoint,
                LogKey = Encoding.UTF8.GetString(ProtocolJson.Write(key.Jwk)),
                Proof = receipt.Proof.Hashes.SelectMany(hash => hash).ToArray(),
                First = entries[0].Id,
                Last = entries[^1].Id,
            });
        EvidenceTrail.MarkLogged(unit, entries, receipt.FirstIndex);
        unit.OnCommitted(() => waits.Acknowledge(entries));
    }

    /// <summary>The receipt of an entry: the newest, where a log that followed another has acknowledged it again.</summary>
    /// <exception cref="RefusalException">NotFound: there is no such entry, or it is not acknowledged yet.</exception>
    public EntryReceipt Find(string entry)
    {
        // No receipt covers more entries than a batch has: those that end later than that are none of this entry's, and there may be very many.
        var row = database.Read(connection => connection.QueryFirstOrDefault<Row>(
            """
            SELECT first_index AS FirstIndex, count AS Count, size AS Size, note AS Note, log_key AS LogKey, proof AS Proof, first_entry AS First, last_entry AS Last
            FROM log_receipts WHERE space_id = @Space AND last_entry >= @entry AND first_entry <= @entry
              AND last_entry <= coalesce((SELECT id FROM evidence_trail WHERE space_id = @Space AND id >= @entry ORDER BY id LIMIT 1 OFFSET @MaxEntries), '~')
            ORDER BY +id DESC LIMIT 1
            """,
            new { Space = settings.Space.Id, entry, EvidenceBatch.MaxEntries }));
        var entries = row is null ? [] : trail.Between(row.First, row.Last);
        var at = entries.ToList().FindIndex(one => one.Id == entry);
        if (row is null || at < 0)
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no acknowledged entry of that id.") { Term = "id", Remedy = "see GET /api/v1/evidence/entries" };
        }

        var range = new RangeProof(row.FirstIndex, row.Count, row.Size, [.. row.Proof.Chunk(MerkleTree.HashLength)]);
        return range.Inclusion([.. entries.Select(one => one.LeafHash())], row.FirstIndex + at) is { } proof
            ? new EntryReceipt(entries[at], proof, row.Note, ProtocolJson.Read<Jwk>(Encoding.UTF8.GetBytes(row.LogKey)))
            : throw new InvalidOperationException($"The entries from {row.First} to {row.Last} are not those of their receipt.");
    }

    private sealed record Row
    {
        public long FirstIndex { get; init; }

        public int Count { get; init; }

        public long Size { get; init; }

        public string Note { get; init; } = "";

        public string LogKey { get; init; } = "";

        public byte[] Proof { get; init; } = [];

        public string First { get; init; } = "";

        public string Last { get; init; } = "";
    }
}
