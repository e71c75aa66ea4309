using System.Text.Json;
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
            var ready = await database.WriteAsync(unit =>
            {
                meter.Apply(unit);
                return Ready(unit);
            });
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
            await database.WriteAsync(unit => Record(unit, interval));
            return true;
        }
        catch (Exception failure)
        {
            logger.NotRecorded($"{interval.Flow}/{interval.Interval}", failure);
            return false;
        }
    }
#pragma warning restore CA1031

    // The consumer waits one interval longer: an answer of the provider may still carry the number of the one just over. And it waits
    // for requests of which it does not know the number.
    private static List<IntervalRow> Ready(UnitOfWork unit, IntervalRow? only = null) => unit.Query<IntervalRow>(
        $"""
        SELECT i.role AS Role, i.flow AS Flow, i.interval_no AS Interval, i.agreement_id AS AgreementId
        FROM usage_intervals i
        JOIN flows f ON f.space_id = i.space_id AND f.role = i.role AND f.flow = i.flow
        WHERE i.space_id = @Space AND i.unsettled = 0 {(only is null ? "" : "AND i.role = @Role AND i.flow = @Flow AND i.interval_no = @Interval")}
          AND NOT EXISTS (SELECT 1 FROM usage_sent s
                          WHERE s.space_id = i.space_id AND i.role = @Consumer AND s.agreement_id = i.agreement_id AND s.flow = i.flow AND s.interval_no <= i.interval_no + 1)
          AND (f.state <> 'open' OR i.interval_no <= f.last_interval OR i.interval_no < CASE WHEN i.role = @Provider THEN @Present ELSE @Present - 1 END)
        ORDER BY i.interval_no LIMIT @MostAtOnce
        """,
        new { unit.Space, Present = UsageInterval.At(unit.Now), FlowRow.Provider, FlowRow.Consumer, MostAtOnce, only?.Role, only?.Flow, only?.Interval });

    private void Record(UnitOfWork unit, IntervalRow interval)
    {
        if (interval.Role == FlowRow.Provider)
        {
            meter.CloseInterval(unit, interval.Flow, interval.Interval);
        }
        else
        {
            meter.Apply(unit);
        }

        if (Ready(unit, interval).Count == 0)
        {
            // In the unit of work that records it, because a use may have joined the interval since the look.
            return;
        }

        unit.Execute(
            "DELETE FROM usage_intervals WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval",
            new { unit.Space, interval.Role, interval.Flow, interval.Interval });
        var agreement = agreements.Find(interval.AgreementId)
            ?? throw new InvalidOperationException($"Leaves without agreement {interval.AgreementId}: the database was altered.");
        var leaves = unit.Query<LeafRow>(
            LeafRow.Select + " WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval ORDER BY sequence_no",
            new { unit.Space, interval.Role, interval.Flow, interval.Interval }).ConvertAll(row => row.ToLeaf());
        if (leaves.Count == 0)
        {
            // Every use of it was given back: nothing to record.
            return;
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
            Counts = UsageCounts.Sum(leaves),
            Leaves = leaves.Count,
            LeafRoot = UsageRecord.RootOf(leaves),
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
    }

    private sealed class IntervalRow
    {
        public string Role { get; init; } = "";

        public string Flow { get; init; } = "";

        public long Interval { get; init; }

        public string AgreementId { get; init; } = "";
    }
}
