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
    ConnectorSettings settings) : BackgroundService
{
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
            foreach (var interval in await database.WriteAsync(Ready))
            {
                await database.WriteAsync(unit => Record(unit, interval));
            }

            await meter.Signal.WaitAsync(UsageInterval.Length, stoppingToken);
        }
    }

    // The consumer waits one interval longer: an answer of the provider may still carry the number of the one just over.
    private List<IntervalRow> Ready(UnitOfWork unit)
    {
        var present = UsageInterval.At(unit.Now);
        return unit.Query<IntervalRow>(
            """
            SELECT l.role AS Role, l.flow AS Flow, l.interval_no AS Interval, l.agreement_id AS AgreementId
            FROM usage_leaves l
            JOIN flows f ON f.space_id = l.space_id AND f.role = l.role AND f.flow = l.flow
            LEFT JOIN usage_records r ON r.space_id = l.space_id AND r.role = l.role AND r.flow = l.flow AND r.interval_no = l.interval_no
            WHERE l.space_id = @Space AND r.id IS NULL
            GROUP BY l.role, l.flow, l.interval_no, l.agreement_id, f.state
            HAVING min(CASE WHEN l.state = 'settled' THEN 1 ELSE 0 END) = 1
               AND (f.state <> 'open'
                    OR (l.role = @Provider AND l.interval_no < @present)
                    OR (l.role = @Consumer AND l.interval_no < @present - 1))
            ORDER BY l.interval_no
            """,
            new { unit.Space, present, FlowRow.Provider, FlowRow.Consumer });
    }

    private void Record(UnitOfWork unit, IntervalRow interval)
    {
        var agreement = agreements.Find(interval.AgreementId)
            ?? throw new InvalidOperationException($"Leaves without agreement {interval.AgreementId}: the database was altered.");
        var leaves = unit.Query<LeafRow>(
            LeafRow.Select + " WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval ORDER BY sequence_no",
            new { unit.Space, interval.Role, interval.Flow, interval.Interval }).ConvertAll(row => row.ToLeaf());
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
