using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// Ships the evidence trail to the authority's log, in order, in signed batches. Which entries make the batch is committed before
/// it is sent: after a kill the same batch goes again, and the log answers with the places it gave the entries the first time.
/// A log that was restored from a copy lacks its newest entries: that is noticed before more is shipped, and all is offered again.
/// </summary>
internal sealed class EvidenceShipper(
    EvidenceTrail trail,
    AuthorityClient authority,
    ParticipantKey key,
    Database database,
    Ids ids,
    ConnectorSettings settings,
    TimeProvider clock,
    ILogger<EvidenceShipper> logger) : BackgroundService
{
    // Half of what a control interface accepts by default.
    private const int MostBytes = 512 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // Entries come in bursts, nine for one negotiation, and each batch costs a request, two signatures and three commits: the first of a
    // burst goes at once, the others together.
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(100);

    // No authority is stopped, restored and started in less.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private long lookedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await ShipAsync(stoppingToken) is var shipped and > 0)
                {
                    backoff.Reset();
                    if (shipped < EvidenceBatch.MaxEntries)
                    {
                        await Task.Delay(BetweenBatches, clock, stoppingToken);
                    }
                }

                await trail.Signal.WaitAsync(LongestWait, stoppingToken);
            }
            catch (Exception failure) when (failure is RefusalException or InvalidOperationException or SqliteException)
            {
                // The storage, too, may fail for a while: a full disk must not end this loop, and with it the connector.
                logger.EvidenceWaits(failure.Message);
                await Task.Delay(backoff.Next(), clock, stoppingToken);
            }
        }
    }

    /// <returns>How many entries were sent; 0 when there was nothing to ship.</returns>
    private async Task<int> ShipAsync(CancellationToken cancellation)
    {
        await LookAtLogAsync(cancellation);
        var waiting = trail.Unlogged(EvidenceBatch.MaxEntries);
        if (waiting.Count == 0)
        {
            return 0;
        }

        var shipment = Pending() ?? await BeginAsync(waiting);
        var entries = waiting.TakeWhile(entry => string.CompareOrdinal(entry.Id, shipment.LastEntry) <= 0).ToList();
        var receipt = await authority.AppendAsync(EvidenceBatch.Create(entries, key.Signing, shipment.BatchId), cancellation);
        await database.WriteAsync(unit =>
        {
            // A receipt covers the entries that lie side by side in the log: after a restore, earlier ones may lie elsewhere.
            EvidenceTrail.MarkLogged(unit, entries[..(int)Math.Min(receipt.Count, entries.Count)], receipt.FirstIndex);
            unit.Execute("DELETE FROM evidence_shipment WHERE space_id = @Space", new { unit.Space });
        });
        return entries.Count;
    }

    private async Task LookAtLogAsync(CancellationToken cancellation)
    {
        if (lookedAt != 0 && clock.GetElapsedTime(lookedAt) < BetweenLooks)
        {
            return;
        }

        if (trail.LastLogged() is { } last && !await authority.IsLoggedAsync(last.Entry, last.Index, cancellation))
        {
            logger.LogWentBack(last.Index);
            await database.WriteAsync(unit =>
            {
                EvidenceTrail.ForgetPlaces(unit);
                unit.Execute("DELETE FROM evidence_shipment WHERE space_id = @Space", new { unit.Space });
            });
        }

        lookedAt = clock.GetTimestamp();
    }

    private async Task<Shipment> BeginAsync(IReadOnlyList<EvidenceEntry> waiting)
    {
        var shipment = new Shipment { BatchId = ids.Next(), LastEntry = LastThatFits(waiting) };
        await database.WriteAsync(unit => unit.Execute(
            "INSERT INTO evidence_shipment (space_id, batch_id, last_entry) VALUES (@Space, @BatchId, @LastEntry)",
            new { unit.Space, shipment.BatchId, shipment.LastEntry }));
        return shipment;
    }

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

    private Shipment? Pending() => database.Read(connection => connection.QuerySingleOrDefault<Shipment>(
        "SELECT batch_id AS BatchId, last_entry AS LastEntry FROM evidence_shipment WHERE space_id = @Space", new { Space = settings.Space.Id }));

    private sealed record Shipment
    {
        public string BatchId { get; init; } = "";

        public string LastEntry { get; init; } = "";
    }
}
