using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Denials as evidence: of each flow up to 60 a minute singly, with term, revision and reasons; those beyond it in one entry at the end of the
/// minute, counted by code and term. So nobody floods the log with what he is not allowed. The counts are stored each second: a process that is killed
/// loses those of its last one, and its next start makes the entry.
/// </summary>
internal sealed class DenialTrail(DenialEvidence denials, EvidenceTrail evidence, Database database, TimeProvider clock, ILogger<DenialTrail> logger) : BackgroundService
{
    /// <summary>Single entries for one flow in one minute.</summary>
    public const int MostSingle = 60;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Window> windows = [];

    // Of minutes that are over, and not yet in the trail.
    private readonly List<Window> late = [];
    private readonly Signal counted = new();

    /// <summary>Keeps a denial.</summary>
    public Task WriteAsync(GateRequest request, PolicyStage stage, PolicyDecision decision)
    {
        var now = MinuteOf(clock.GetUtcNow());
        Window? over = null;
        lock (gate)
        {
            if (!windows.TryGetValue(request.Flow.Id, out var window) || window.Minute != now)
            {
                over = window;
                windows[request.Flow.Id] = window = new Window(now, request.Flow.AgreementId, request.Flow.Id, request.Flow.Consumer);
            }

            if (over is { Reasons.Count: > 0 })
            {
                // Whoever is denied now must not hear of the storage's trouble with that.
                late.Add(over);
                counted.Set();
            }

            if (window.Single++ >= MostSingle)
            {
                window.Count(decision);
                counted.Set();
                return Task.CompletedTask;
            }

            if (!window.IsNew(decision))
            {
                // One question a minute for the same reasons: it is as large as the contract, and the others differ in the moment alone.
                decision = decision with { Question = null };
            }
        }

        return database.WriteAsync(unit => denials.Record(
            unit,
            decision,
            question => new
            {
                stage = stage.ToString().ToLowerInvariant(),
                consumer = request.Flow.Consumer,
                purpose = request.Purpose,
                policy = request.Agreement.Terms.Hash,
                decision.Revision,
                decision.Result,
                reasons = DeniedDecision.Reasons(decision),
                question,
            },
            request.Flow.AgreementId,
            request.Flow.Id));
    }

    /// <summary>Sums up the minutes that are over.</summary>
    /// <param name="all">Also the one that is not over yet.</param>
    public Task SumUpAsync(bool all = false)
    {
        var now = MinuteOf(clock.GetUtcNow());
        List<Window> over;
        lock (gate)
        {
            over = [.. late, .. windows.Values.Where(window => all || window.Minute != now)];
            late.Clear();
            over.ForEach(window =>
            {
                if (windows.GetValueOrDefault(window.Flow) == window)
                {
                    windows.Remove(window.Flow);
                }
            });
        }

        return SumUpAsync([.. over.Where(window => window.Reasons.Count > 0)]);
    }

    /// <summary>Stores the counts of the last second.</summary>
    public async Task StoreAsync()
    {
        List<(Window Window, DenialCount Count)> changed;
        lock (gate)
        {
            changed = [.. late.Concat(windows.Values).Where(window => window.Reasons.Count > 0 && window.Stored < window.Single).Select(window => (window, window.ToCount()))];
        }

        if (changed.Count > 0)
        {
            await database.WriteAsync(unit => changed.ForEach(one => one.Count.Put(unit)));
            changed.ForEach(one => one.Window.Stored = (int)one.Count.Denials + MostSingle);
        }
    }

    /// <summary>What a kill has left is summed up before anything else is denied.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.WriteAsync(unit => DenialCount.All(unit).ForEach(count => Append(unit, count)));
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SumUpAsync(all: true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await counted.WaitAsync(LongestWait, stoppingToken);
            try
            {
                await Task.Delay(Pause, clock, stoppingToken);
                await StoreAsync();
                await SumUpAsync();
                if (IsCounting())
                {
                    // Their minute is not over.
                    counted.Set();
                }
            }
            catch (Exception failure) when (failure is InvalidOperationException or SqliteException)
            {
                // The storage fails for a while: they are tried again with the next.
                counted.Set();
                logger.DenialsNotSummedUp(failure.Message);
            }
        }
    }

    private async Task SumUpAsync(List<Window> summaries)
    {
        if (summaries.Count == 0)
        {
            return;
        }

        try
        {
            await database.WriteAsync(unit => summaries.ForEach(window => Append(unit, window.ToCount())));
        }
        catch
        {
            // They come with the next minute's.
            lock (gate)
            {
                late.AddRange(summaries);
            }

            throw;
        }
    }

    private bool IsCounting()
    {
        lock (gate)
        {
            return windows.Values.Any(window => window.Reasons.Count > 0);
        }
    }

    // The entry takes the place of the stored count.
    private void Append(UnitOfWork unit, DenialCount count)
    {
        evidence.Append(
            unit,
            EvidenceKinds.DecisionsDenied,
            new { minute = DateTimeOffset.FromUnixTimeSeconds(count.Minute * 60), consumer = count.Consumer, denials = count.Denials, reasons = count.ReadReasons() },
            count.Agreement,
            count.Flow);
        count.Remove(unit);
    }

    private static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private sealed class Window(long minute, string agreement, string flow, string consumer)
    {
        private readonly HashSet<string> seen = new(StringComparer.Ordinal);

        public long Minute => minute;

        public string Agreement => agreement;

        public string Flow => flow;

        public string Consumer => consumer;

        public int Single { get; set; }

        /// <summary>What it was when the count was last stored.</summary>
        public int Stored { get; set; }

        public Dictionary<(string Code, string? Term), int> Reasons { get; } = [];

        public DenialCount ToCount() => DenialCount.Of(minute, flow, agreement, consumer, Single - MostSingle, [.. Reasons.Select(reason => new DenialCount.Reason(reason.Key.Code, reason.Key.Term, reason.Value))]);

        /// <summary>Whether nothing was denied for these reasons before.</summary>
        public bool IsNew(PolicyDecision decision) => seen.Add(string.Join('\n', decision.Reasons.Select(reason => reason.Code + " " + reason.Term)));

        public void Count(PolicyDecision decision)
        {
            foreach (var reason in decision.Reasons.Select(reason => (reason.Code, reason.Term)).DefaultIfEmpty(("denied", null)))
            {
                Reasons[reason] = Reasons.GetValueOrDefault(reason) + 1;
            }
        }
    }
}
