using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Policies.Allows;

/// <summary>
/// Decisions that allow, on the way of the requests: noted in memory, and stored each second in one unit of work, or with the record of their interval if
/// that comes first. Of one flow up to 60 a minute are kept with their questions; the others are counted. A kill loses what was
/// noted in its last second, and what was only counted of intervals that are not recorded.
/// </summary>
internal sealed class AllowTrail(AllowedQuestions questions, Database database, Ids ids, TimeProvider clock, ILogger<AllowTrail> logger) : BackgroundService
{
    /// <summary>Decisions of one flow in one minute that are kept with their questions.</summary>
    public const int MostKept = 60;

    // While the storage fails; what comes then is counted.
    private const int MostWaiting = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Flow, long Interval), Count> counts = [];
    private readonly List<(AllowNote Note, string Flow, long Interval)> waiting = [];
    private readonly Signal noted = new();

    /// <summary>Whether the question of the next decision of that flow would be kept.</summary>
    public bool Wants(string flow, long interval)
    {
        lock (gate)
        {
            return waiting.Count < MostWaiting && (Touch(flow, interval) is not { } count || count.Kept < MostKept);
        }
    }

    /// <summary>A decision was taken.</summary>
    /// <returns>What is known of it, for when it is used again; null: it does not allow.</returns>
    public AllowNote? Taken(string flow, long interval, PolicyStage stage, string? purpose, PolicyDecision decision)
    {
        if (!decision.Allow)
        {
            return null;
        }

        // What is only counted is never named.
        var note = new AllowNote(decision.Question is { IsEmpty: false } ? ids.Next() : "", decision.Question ?? default, decision.Revision, decision.Permission!, purpose, stage);
        Add(note, flow, interval);
        return note;
    }

    /// <summary>A decision is used again, for the first time in this interval as far as is known.</summary>
    public void UsedAgain(AllowNote note, string flow, long interval) => Add(note, flow, interval);

    /// <summary>In the unit of work that records an interval: its decisions become evidence.</summary>
    public void Record(UnitOfWork unit, UsageRecord record)
    {
        List<AllowNote> late;
        int more;
        lock (gate)
        {
            late = [.. waiting.Where(one => one.Flow == record.Flow && one.Interval == record.Interval).Select(one => one.Note)];
            more = counts.GetValueOrDefault((record.Flow, record.Interval))?.More ?? 0;
        }

        late.ForEach(note => questions.Save(unit, note, record.Flow, record.Interval));
        questions.Record(unit, record, more);
        unit.OnCommitted(() => Forget(record.Flow, record.Interval));
    }

    /// <summary>Stores what waits.</summary>
    public async Task StoreAsync()
    {
        List<(AllowNote Note, string Flow, long Interval)> present;
        lock (gate)
        {
            present = [.. waiting];

            // It is recorded, or nothing was used in it. One that is long over may still have a use that is asked about each second.
            foreach (var key in counts.Where(one => clock.GetElapsedTime(one.Value.TouchedAt) > LongestWait).Select(one => one.Key).ToList())
            {
                counts.Remove(key);
            }
        }

        if (present.Count > 0)
        {
            await database.WriteAsync(unit => present.ForEach(one => questions.Save(unit, one.Note, one.Flow, one.Interval)));
            lock (gate)
            {
                waiting.RemoveRange(0, present.Count);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await StoreAsync();
    }

    public override void Dispose()
    {
        noted.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await noted.WaitAsync(LongestWait, stoppingToken);
            try
            {
                await Task.Delay(Pause, clock, stoppingToken);
                await StoreAsync();
            }
            catch (Exception failure) when (failure is InvalidOperationException or SqliteException)
            {
                // The storage fails for a while: they are tried again with the next.
                noted.Set();
                logger.AllowsNotStored(failure.Message);
            }
        }
    }

    private void Add(AllowNote note, string flow, long interval)
    {
        lock (gate)
        {
            var count = Touch(flow, interval);
            if (note.LastInterval == interval)
            {
                // Another request was faster.
                return;
            }

            note.LastInterval = interval;
            if (count is null)
            {
                counts[(flow, interval)] = count = new Count { TouchedAt = clock.GetTimestamp() };
            }

            if (!note.HasQuestion || count.Kept >= MostKept || waiting.Count >= MostWaiting)
            {
                count.More++;
                return;
            }

            count.Kept++;
            waiting.Add((note, flow, interval));
        }

        noted.Set();
    }

    // Under the lock.
    private Count? Touch(string flow, long interval)
    {
        if (counts.TryGetValue((flow, interval), out var count))
        {
            count.TouchedAt = clock.GetTimestamp();
        }

        return count;
    }

    private void Forget(string flow, long interval)
    {
        lock (gate)
        {
            counts.Remove((flow, interval));
        }
    }

    private sealed class Count
    {
        public long TouchedAt { get; set; }

        public int Kept { get; set; }

        public int More { get; set; }
    }
}
