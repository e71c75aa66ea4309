using Dapper;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>
/// One batch after the other to the authority's log. Which entries make the batch is committed before it is sent: after a kill the same batch
/// goes again, and the log answers with the places it gave the entries the first time.
/// </summary>
internal sealed class Shipments(EvidenceTrail trail, AuthorityClient authority, ParticipantKey key, LogWatch watch, ReceiptStore receipts, ShipmentStore store)
{
    // Half of what a control interface accepts by default.
    private const int MostBytes = 512 * 1024;

    /// <summary>Waits until there is something new to send, or for so long.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken cancellation) => trail.Signal.WaitAsync(longest, cancellation);

    /// <summary>Sends the oldest entries that wait, and keeps their receipt.</summary>
    /// <returns>How many were sent; 0 when there was nothing to send.</returns>
    /// <exception cref="Protocol.Errors.RefusalException">The authority does not take them, or its log is refused.</exception>
    public async Task<int> SendAsync(CancellationToken cancellation)
    {
        var waiting = trail.Unlogged(EvidenceBatch.MaxEntries);
        if (waiting.Count == 0)
        {
            return 0;
        }

        var shipment = store.Pending() ?? await store.BeginAsync(LastThatFits(waiting));
        var entries = waiting.TakeWhile(entry => string.CompareOrdinal(entry.Id, shipment.LastEntry) <= 0).ToList();
        var receipt = await authority.AppendAsync(EvidenceBatch.Create(entries, key.Signing, shipment.BatchId), watch.SeenSize, cancellation);
        var (before, after) = await watch.JudgeAsync(receipt.Checkpoint, receipt.Consistency, cancellation);

        // It covers the entries that lie side by side in the log: those sent again to a log that lacked some may lie elsewhere.
        var covered = entries[..Math.Clamp(receipt.Count, 0, entries.Count)];
        if (!Proves(receipt, covered, after))
        {
            await watch.RefuseAsync(new LogFinding(LogAlarmKinds.Forged, $"its receipt for batch {shipment.BatchId} proves nothing"), receipt.Checkpoint);
        }

        await store.EndAsync(unit =>
        {
            watch.Keep(unit, before, after);
            receipts.Keep(unit, receipt, covered, after.Key);
        });
        return entries.Count;
    }

    private static bool Proves(EvidenceReceipt receipt, List<EvidenceEntry> covered, SeenLog log) =>
        covered.Count > 0
        && receipt.Proof.First == receipt.FirstIndex
        && receipt.Proof.Count == covered.Count
        && receipt.Proof.Size == log.Head.Size
        && receipt.Proof.Verify([.. covered.Select(entry => entry.LeafHash())], log.Head.RootHash());

    private static string LastThatFits(IReadOnlyList<EvidenceEntry> waiting)
    {
        var last = waiting[0].Id;
        var bytes = 0L;
        foreach (var entry in waiting)
        {
            bytes += entry.CanonicalBytes().Length;
            if (bytes > MostBytes)
            {
                break;
            }

            last = entry.Id;
        }

        return last;
    }
}

/// <summary>The batch that is under way.</summary>
internal sealed class ShipmentStore(Database database, Ids ids, ConnectorSettings settings)
{
    public Shipment? Pending() => database.Read(connection => connection.QuerySingleOrDefault<Shipment>(
        "SELECT batch_id AS BatchId, last_entry AS LastEntry FROM evidence_shipment WHERE space_id = @Space", new { Space = settings.Space.Id }));

    public async Task<Shipment> BeginAsync(string lastEntry)
    {
        var shipment = new Shipment { BatchId = ids.Next(), LastEntry = lastEntry };
        await database.WriteAsync(unit => unit.Execute(
            "INSERT INTO evidence_shipment (space_id, batch_id, last_entry) VALUES (@Space, @BatchId, @LastEntry)",
            new { unit.Space, shipment.BatchId, shipment.LastEntry }));
        return shipment;
    }

    /// <summary>It arrived; in the unit of work of what follows from that.</summary>
    public Task EndAsync(Action<UnitOfWork> with) => database.WriteAsync(unit =>
    {
        with(unit);
        Forget(unit);
    });

    public static void Forget(UnitOfWork unit) => unit.Execute("DELETE FROM evidence_shipment WHERE space_id = @Space", new { unit.Space });
}

/// <summary>A batch, by its id and the last entry in it.</summary>
internal sealed record Shipment
{
    public string BatchId { get; init; } = "";

    public string LastEntry { get; init; } = "";
}
