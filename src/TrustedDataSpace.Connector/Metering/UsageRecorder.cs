using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Closes intervals: when an interval is over (or its flow has ended) and no request of it is under way, its leaves become one
/// signed flow-interval record, with evidence, in one unit of work.
/// </summary>
internal sealed class UsageRecorder(
    Database database,
    UsageMeter meter,
    UsageLeaves leaves,
    UsageReceipts receipts,
    AgreementService agreements,
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
            if (!await RecordSomeAsync(stoppingToken))
            {
                await meter.Signal.WaitAsync(UsageInterval.Length, stoppingToken);
            }
        }
    }

#pragma warning disable CA1031 // Whatever is wrong with the storage now or with one interval, the others are recorded, and this one is tried again.
    /// <returns>Whether there may be more to record at once.</returns>
    private async Task<bool> RecordSomeAsync(CancellationToken stopping)
    {
        try
        {
            var ready = await database.WriteAsync(Close);
            var pace = new WorkPace(stopping);
            var recorded = 0;
            foreach (var interval in ready)
            {
                recorded += await RecordAsync(interval, pace) ? 1 : 0;
            }

            return recorded > 0 && ready.Count >= MostAtOnce;
        }
        catch (Exception failure)
        {
            logger.NotRecorded("use", failure);
            return false;
        }
    }

    private async Task<bool> RecordAsync(IntervalRow interval, WorkPace pace)
    {
        try
        {
            // Summed up beside the writer, which everything else waits for: an interval may have very many leaves.
            var sum = await leaves.SumAsync(interval.Role, interval.Flow, interval.Interval, pace);
            return await database.WriteAsync(unit => Record(unit, interval, sum));
        }
        catch (Exception failure)
        {
            logger.NotRecorded($"{interval.Flow}/{interval.Interval}", failure);
            return false;
        }
    }
#pragma warning restore CA1031

    // No further use of the provider's gets a number of these, and all that have are in the tables. Nor of those without any: a record of
    // nothing ends an interval as well.
    private List<IntervalRow> Close(UnitOfWork unit)
    {
        meter.Apply(unit);
        foreach (var interval in Ready(unit).Concat(Claimed(unit)).Where(interval => interval.Role == FlowRow.Provider))
        {
            meter.CloseInterval(unit, interval.Flow, interval.Interval);
        }

        return [.. Ready(unit), .. Claimed(unit)];
    }

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

    // The other side has signed use of which there is none here: that, too, is signed, or nobody could tell it from silence.
    private static List<IntervalRow> Claimed(UnitOfWork unit, IntervalRow? only = null) => unit.Query<IntervalRow>(
        $"""
        SELECT r.role AS Role, r.flow AS Flow, r.interval_no AS Interval, r.agreement_id AS AgreementId, {IntervalRow.OfOthers} AS Changes
        FROM usage_receipts r
        JOIN flows f ON f.space_id = r.space_id AND f.role = r.role AND f.flow = r.flow
        WHERE r.space_id = @Space AND r.state = @Claimed {(only is null ? "" : "AND r.role = @Role AND r.flow = @Flow AND r.interval_no = @Interval")}
          AND NOT EXISTS (SELECT 1 FROM usage_intervals i WHERE i.space_id = r.space_id AND i.role = r.role AND i.flow = r.flow AND i.interval_no = r.interval_no)
          AND NOT EXISTS (SELECT 1 FROM usage_sent s
                          WHERE s.space_id = r.space_id AND r.role = @Consumer AND s.agreement_id = r.agreement_id AND s.flow = r.flow AND s.interval_no <= r.interval_no + 1)
          AND (f.state <> 'open' OR r.interval_no <= f.last_interval OR r.interval_no < CASE WHEN r.role = @Provider THEN @Present ELSE @Present - 1 END)
        ORDER BY r.interval_no LIMIT @MostAtOnce
        """,
        new { unit.Space, ReceiptRow.Claimed, Present = UsageInterval.At(unit.Now), FlowRow.Provider, FlowRow.Consumer, MostAtOnce, only?.Role, only?.Flow, only?.Interval });

    // Not when a use has joined the interval since the look: then there is a signal, and it is looked at again.
    private bool Record(UnitOfWork unit, IntervalRow interval, UsageSum sum)
    {
        if (interval.Role == FlowRow.Provider)
        {
            // Once more: the flow may have been used for the first time since the look.
            meter.CloseInterval(unit, interval.Flow, interval.Interval);
        }

        meter.Apply(unit);
        if ((interval.Changes == IntervalRow.OfOthers ? Claimed(unit, interval) : Ready(unit, interval)).FirstOrDefault()?.Changes != interval.Changes)
        {
            return false;
        }

        unit.Execute(
            "DELETE FROM usage_intervals WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval",
            new { unit.Space, interval.Role, interval.Flow, interval.Interval });
        var agreement = agreements.Find(interval.AgreementId)
            ?? throw new InvalidOperationException($"Leaves without agreement {interval.AgreementId}: the database was altered.");
        if (sum.Leaves == 0 && interval.Changes != IntervalRow.OfOthers)
        {
            // Every use of it was given back: nothing to record, unless the other side has.
            meter.Signal.Set();
            return true;
        }

        var record = new UsageRecord
        {
            Id = $"{interval.Flow}/{interval.Interval}",
            Source = interval.Role == FlowRow.Provider ? agreement.Provider : agreement.Consumer,
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
        receipts.Made(unit, interval.Role, record, agreement.Counterparty);
        return true;
    }

    private sealed class IntervalRow
    {
        /// <summary>In the place of <see cref="Changes"/>: only the other side has use in it.</summary>
        public const long OfOthers = -1;

        public string Role { get; init; } = "";

        public string Flow { get; init; } = "";

        public long Interval { get; init; }

        public string AgreementId { get; init; } = "";

        public long Changes { get; init; }
    }
}
