using System.Text.Json;
using Dapper;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Closes intervals: when an interval is over (or its flow has ended) and no request of it is under way, its leaves become one
/// signed flow-interval record, with evidence, in one unit of work.
/// </summary>
internal sealed class UsageRecorder(
    Database database,
    UsageMeter meter,
    AgreementService agreements,
    EvidenceTrail evidence,
    ParticipantKey key,
    ConnectorSettings settings,
    ILogger<UsageRecorder> logger) : BackgroundService
{
    private const int MostAtOnce = 100;

    /// <summary>What a kill interrupted is marked before the first request is served.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await meter.InterruptOpenAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!await RecordSomeAsync())
            {
                await meter.Signal.WaitAsync(UsageInterval.Length, stoppingToken);
            }
        }
    }

#pragma warning disable CA1031 // Whatever is wrong with the storage now or with one interval, the others are recorded, and this one is tried again.
    /// <returns>Whether there may be more to record at once.</returns>
    private async Task<bool> RecordSomeAsync()
    {
        try
        {
            var ready = await database.WriteAsync(Close);
            var recorded = 0;
            foreach (var interval in ready)
            {
                recorded += await RecordAsync(interval) ? 1 : 0;
            }

            return recorded > 0 && ready.Count == MostAtOnce;
        }
        catch (Exception failure)
        {
            logger.NotRecorded("use", failure);
            return false;
        }
    }

    private async Task<bool> RecordAsync(IntervalRow interval)
    {
        try
        {
            // Summed up beside the writer, which everything else waits for: an interval may have very many leaves.
            var sum = Sum(interval);
            return await database.WriteAsync(unit => Record(unit, interval, sum));
        }
        catch (Exception failure)
        {
            logger.NotRecorded($"{interval.Flow}/{interval.Interval}", failure);
            return false;
        }
    }
#pragma warning restore CA1031

    // No further use of the provider's gets a number of these, and all that have are in the tables.
    private List<IntervalRow> Close(UnitOfWork unit)
    {
        meter.Apply(unit);
        foreach (var interval in Ready(unit).Where(interval => interval.Role == FlowRow.Provider))
        {
            meter.CloseInterval(unit, interval.Flow, interval.Interval);
        }

        return Ready(unit);
    }

    private UsageSum Sum(IntervalRow interval) => database.Read(connection =>
    {
        var leaves = LeafPages.Of(connection, settings.Space.Id, interval.Role, interval.Flow, interval.Interval)
            .Concat(connection.Query<LeafRow>(
                """
                SELECT sequence_no AS Sequence, purpose AS Purpose, outcome AS Outcome, row_count AS Rows, byte_count AS Bytes, tokens AS TokensText FROM usage_leaves
                WHERE space_id = @Id AND role = @Role AND flow = @Flow AND interval_no = @Interval
                """,
                new { settings.Space.Id, interval.Role, interval.Flow, interval.Interval },
                buffered: false).Select(row => new PagedLeaf(row.Sequence, row.Rows, row.Bytes, row.Outcome, row.Purpose, null, row.Tokens)))
            .ToList();
        leaves.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        var sum = new UsageSum();
        foreach (var leaf in leaves)
        {
            sum.Add(new UsageLeaf { Flow = interval.Flow, Interval = interval.Interval, Sequence = leaf.Sequence, Purpose = leaf.Purpose, Outcome = leaf.Outcome, Rows = leaf.Rows, Bytes = leaf.Bytes, Tokens = leaf.Tokens });
        }

        return sum;
    });

    // The consumer waits one interval longer: an answer of the provider may still carry the number of the one just over. And it waits
    // for requests of which it does not know the number.
    private static List<IntervalRow> Ready(UnitOfWork unit, IntervalRow? only = null) => unit.Query<IntervalRow>(
        $"""
        SELECT i.role AS Role, i.flow AS Flow, i.interval_no AS Interval, i.agreement_id AS AgreementId, i.changes AS Changes
        FROM usage_intervals i
        JOIN flows f ON f.space_id = i.space_id AND f.role = i.role AND f.flow = i.flow
        WHERE i.space_id = @Space AND i.unsettled = 0 {(only is null ? "" : "AND i.role = @Role AND i.flow = @Flow AND i.interval_no = @Interval")}
          AND NOT EXISTS (SELECT 1 FROM usage_sent s
                          WHERE s.space_id = i.space_id AND i.role = @Consumer AND s.agreement_id = i.agreement_id AND s.flow = i.flow AND s.interval_no <= i.interval_no + 1)
          AND (f.state <> 'open' OR i.interval_no <= f.last_interval OR i.interval_no < CASE WHEN i.role = @Provider THEN @Present ELSE @Present - 1 END)
        ORDER BY i.interval_no LIMIT @MostAtOnce
        """,
        new { unit.Space, Present = UsageInterval.At(unit.Now), FlowRow.Provider, FlowRow.Consumer, MostAtOnce, only?.Role, only?.Flow, only?.Interval });

    // Not when a use has joined the interval since the look: then there is a signal, and it is looked at again.
    private bool Record(UnitOfWork unit, IntervalRow interval, UsageSum sum)
    {
        meter.Apply(unit);
        if (Ready(unit, interval).FirstOrDefault()?.Changes != interval.Changes)
        {
            return false;
        }

        unit.Execute(
            "DELETE FROM usage_intervals WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval",
            new { unit.Space, interval.Role, interval.Flow, interval.Interval });
        var agreement = agreements.Find(interval.AgreementId)
            ?? throw new InvalidOperationException($"Leaves without agreement {interval.AgreementId}: the database was altered.");
        if (sum.Leaves == 0)
        {
            // Every use of it was given back: nothing to record.
            return true;
        }

        var record = new UsageRecord
        {
            Id = $"{interval.Flow}/{interval.Interval}",
            Source = settings.Participant.Id,
            AgreementId = agreement.Id,
            ProductId = agreement.DatasetId,
            ProviderId = agreement.Provider,
            ConsumerId = agreement.Consumer,
            Flow = interval.Flow,
            Interval = interval.Interval,
            From = UsageInterval.Start(interval.Interval),
            To = UsageInterval.Start(interval.Interval + 1),
            Counts = sum.Counts,
            Leaves = sum.Leaves,
            LeafRoot = sum.Root,
            TokenizerId = agreement.Meter.TokenizerId,
            TokenizerVersion = agreement.Meter.TokenizerVersion,
        };
        unit.Execute(
            """
            INSERT INTO usage_records (space_id, role, flow, interval_no, id, agreement_id, record, signature)
            VALUES (@Space, @Role, @Flow, @Interval, @Id, @AgreementId, @Record, @Signature)
            """,
            new
            {
                unit.Space,
                interval.Role,
                interval.Flow,
                interval.Interval,
                record.Id,
                record.AgreementId,
                Record = JsonSerializer.Serialize(record, ProtocolJson.Options),
                Signature = record.Sign(key.Signing),
            });
        evidence.Append(unit, EvidenceKinds.UsageRecorded, record, agreement.Id, interval.Flow);
        return true;
    }

    private sealed class IntervalRow
    {
        public string Role { get; init; } = "";

        public string Flow { get; init; } = "";

        public long Interval { get; init; }

        public string AgreementId { get; init; } = "";

        public long Changes { get; init; }
    }
}
