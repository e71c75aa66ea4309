using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// All answers that flow now. Twice a second each is compared with the world: rules, agreement, participant, facts, and the moment and the
/// counts up to which its decision holds. Only where something has changed is it decided again.
/// </summary>
internal sealed class RunningUses(
    PolicyGate gate,
    RequestDecision decision,
    AgreementService agreements,
    UsageMeter meter,
    Balances balances,
    GateMetrics metrics,
    TimeProvider clock,
    ILogger<RunningUses> logger,
    IHostApplicationLifetime? lifetime = null) : BackgroundService
{
    // When the service stops, answers have so long to end by themselves; then they are cut here, before the server breaks off without a word.
    private static readonly TimeSpan LastAnswers = ServiceHost.LongestStop - TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private const int TicksPerSample = 10;

    private readonly Signal again = new();
    private readonly Lock gateOfList = new();
    private readonly ConcurrentQueue<FlowActivity> active = new();

    // Of the loop alone: who is being asked about, and the denials that are being written.
    private readonly Dictionary<string, Task<PeerRecord?>> looking = [];
    private readonly List<Task> writing = [];

    private bool isStale;
    private RunningUse? first;
    private int running;

    /// <summary>The present time.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref running);

    /// <summary>Somebody's standing has changed: all are looked at now.</summary>
    public void LookAgain()
    {
        Volatile.Write(ref isStale, true);
        again.Set();
    }

    /// <summary>An answer begins to flow.</summary>
    public RunningUse Begin(UsageTicket ticket, Judgement judged)
    {
        var request = judged.Request;
        var use = new RunningUse(this, ticket, judged, meter.CountOf(ticket));
        lock (gateOfList)
        {
            use.Next = first;
            if (first is not null)
            {
                first.Previous = use;
            }

            first = use;
            running++;
        }

        if (request.Flow.Activity.Enlist())
        {
            active.Enqueue(request.Flow.Activity);
        }

        return use;
    }

    public override void Dispose()
    {
        again.Dispose();
        base.Dispose();
    }

    /// <summary>It has ended.</summary>
    public void End(RunningUse use)
    {
        lock (gateOfList)
        {
            if (use.Previous is null)
            {
                first = use.Next;
            }
            else
            {
                use.Previous.Next = use.Next;
            }

            if (use.Next is not null)
            {
                use.Next.Previous = use.Previous;
            }

            running--;
        }
    }

    /// <summary>Counts what a use delivered; null: nothing, and it is given back.</summary>
    public async ValueTask SettleAsync(RunningUse use, Delivered? delivered)
    {
        if (delivered is not { } counted)
        {
            await meter.ReleaseAsync(use.Ticket);
            return;
        }

        Note(use, counted);
        await meter.SettleAsync(use.Ticket, counted);
    }

    /// <summary>The same, and then what follows from it, in a unit of work in which it is counted.</summary>
    public Task SettleAsync(RunningUse use, Delivered delivered, Action<UnitOfWork> then)
    {
        Note(use, delivered);
        return meter.SettleAsync(use.Ticket, delivered, then);
    }

    /// <summary>All of one flow, or all.</summary>
    public IReadOnlyList<RunningUse> Of(string? flow = null)
    {
        var found = new List<RunningUse>();
        lock (gateOfList)
        {
            for (var use = first; use is not null; use = use.Next)
            {
                if (flow is null || use.Request.Flow.Id == flow)
                {
                    found.Add(use);
                }
            }
        }

        return found;
    }

    /// <summary>Takes volumes from the quotas; cuts the use when the contract does not allow them.</summary>
    /// <returns>Whether they are taken; of what is not allowed only the time is.</returns>
    public async ValueTask<bool> TakeAsync(RunningUse use, AgreementCount count, Volumes volumes, CancellationToken cancellation)
    {
        if (!count.TryTake(volumes, clock.GetUtcNow()))
        {
            await meter.LeaseAsync(count, volumes);
        }

        var present = use.Present(count, clock.GetUtcNow());
        if (!Holds(use, present))
        {
            await await DecideAsync(use, present, cancellation, isUsedUp: true);
            if (use.Denial is not null)
            {
                count.Untake(volumes with { Seconds = 0 });
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes the price of what is about to flow from the balance; cuts the use when it does not cover it.</summary>
    public async ValueTask PayAsync(RunningUse use, AgreementCount count, BalanceCount balance, long amount, CancellationToken cancellation)
    {
        if (await balances.PayAsync(count, balance, amount))
        {
            use.Paid += amount;
            return;
        }

        use.IsCovered = false;
        await await DecideAsync(use, use.Present(count, clock.GetUtcNow()), cancellation, isUsedUp: true);

        // Whatever the rules say: what is not paid does not flow.
        use.Cut(denial: null, CutCause.UsedUp);
    }

    /// <summary>Takes what a use has cost beyond what it had taken, as far as the balance has it. It has gone out, so it is taken first and covered by a lease behind that.</summary>
    public void PayLate(AgreementCount count, BalanceCount balance, long amount)
    {
        balance.PayLate(amount);
        TakeLate(count, default);
    }

    /// <summary>Takes what has passed or gone out already: it is taken first and covered by a lease behind that.</summary>
    public void TakeLate(AgreementCount count, Volumes volumes)
    {
        count.TryTake(volumes, clock.GetUtcNow(), leasing: true);
        if (count.IsUncovered)
        {
            _ = CoverAsync(count);
        }
    }

    /// <summary>Cuts a use for a reason that needs no decision, and writes it down like one.</summary>
    public async Task RefuseAsync(RunningUse use, PolicyReason reason)
    {
        var denial = PolicyDecision.Denied([reason], gate.Revision);
        if (use.Cut(denial))
        {
            await decision.WriteAsync(use.Request, PolicyStage.Tick, denial);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.ObserveRunning(() => Count);
        using var last = lifetime?.ApplicationStopping.Register(() => _ = CutAllAsync(stoppingToken));
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            var ticks = 0;
            var (tick, news) = (timer.WaitForNextTickAsync(stoppingToken).AsTask(), again.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken));
            while (!stoppingToken.IsCancellationRequested)
            {
                await Task.WhenAny(tick, news);
                if (news.IsCompleted)
                {
                    news = again.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
                    if (Interlocked.Exchange(ref isStale, false))
                    {
                        // What was asked before the change says nothing about it.
                        looking.Clear();
                    }
                }

                if (tick.IsCompleted)
                {
                    await tick;
                    tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                    if (ticks++ % TicksPerSample == 0)
                    {
                        Sample();
                    }
                }

                // What is known by now serves for all of this look, and is asked about again in the next one.
                var known = looking.Where(each => each.Value.IsCompleted).Select(each => each.Key).ToList();
                foreach (var use in Of())
                {
                    await LookAsync(use, stoppingToken);
                }

                known.ForEach(consumer => looking.Remove(consumer));
                await WrittenAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops: what flows is cut with it.
        }
    }

    // Not when all have ended before: then this has been stopped itself.
    private async Task CutAllAsync(CancellationToken stopped)
    {
        await Task.Delay(LastAnswers, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopped.IsCancellationRequested)
        {
            var denial = ServiceStop.Denial(gate.Revision);
            foreach (var use in Of())
            {
                use.Cut(denial);
            }
        }
    }

    private void Note(RunningUse use, Delivered delivered)
    {
        use.Request.Flow.Activity.Delivered(delivered.Bytes, delivered.Outcome == UsageOutcomes.Cut);
        metrics.Ended(delivered.Outcome, delivered.Bytes, use.Started);
    }

    private void Sample()
    {
        var now = clock.GetTimestamp() / (double)clock.TimestampFrequency;
        for (var waiting = active.Count; waiting > 0 && active.TryDequeue(out var activity); waiting--)
        {
            if (activity.Sample(now))
            {
                active.Enqueue(activity);
            }
        }
    }

#pragma warning disable CA1031 // Whatever goes wrong with one, it is cut, and the others are looked at.
    private async Task CoverAsync(AgreementCount count)
    {
        try
        {
            await meter.CoverAsync(count);
        }
        catch (Exception failure)
        {
            // It counts here all the same; after a restart it may be missing.
            logger.NotCovered(count.Id, failure);
        }
    }

    private async Task LookAsync(RunningUse use, CancellationToken cancellation)
    {
        if (use.IsCut || use.IsOver || use.IsSettled)
        {
            return;
        }

        try
        {
            await use.PassTimeAsync(clock.GetUtcNow(), cancellation);
            var present = use.Present(meter.CountOf(use.Request.Agreement.Id), clock.GetUtcNow());
            var changed = await ChangedAsync(use, cancellation);
            if (decision.Standing.IsTooOld(use.LastKnown!.Value))
            {
                // Nobody can tell whether the consumer is still a member, and the last word is past its time.
                var denial = ConsumerStanding.Denial(use.Request.Flow.Consumer, use.LastKnown!.Value, gate.Revision);
                if (use.Cut(denial))
                {
                    writing.Add(decision.WriteAsync(use.Request, PolicyStage.Tick, denial));
                }
            }
            else if (changed is not null || !Holds(use, present))
            {
                // Written beside the others': a thousand that end with one change must not wait for a thousand commits.
                writing.Add(await DecideAsync(use, present, cancellation, changed, isUsedUp: changed is null && IsOnlyUsedUp(use)));
            }
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Fail closed: a use that cannot be looked at does not go on.
            logger.NotLookedAt(use.Request.Flow.Id, failure);
            var denial = PolicyDecision.EngineError("it could not be decided again", gate.Revision);
            if (use.Cut(denial))
            {
                writing.Add(decision.WriteAsync(use.Request, PolicyStage.Tick, denial));
            }
        }
    }

    private async Task WrittenAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(writing);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // They are cut all the same.
            logger.DenialNotWritten(failure);
        }
        finally
        {
            writing.Clear();
        }
    }
#pragma warning restore CA1031

    // The request with what is known now, when that is something else than what was decided on.
    private async ValueTask<GateRequest?> ChangedAsync(RunningUse use, CancellationToken cancellation)
    {
        var judged = use.Judgement;
        var subject = judged.Request.Subject;
        var consumer = use.Request.Flow.Consumer;
        use.LastKnown ??= decision.Standing.Of(consumer) ?? use.Ticket.Reserved;
        try
        {
            // Never waited for: an authority that keeps silent must not keep the others from being looked at.
            var lookup = LookUp(consumer, cancellation);
            if (lookup.IsCompleted)
            {
                subject = await lookup;
                use.LastKnown = decision.Standing.Of(consumer) ?? clock.GetUtcNow();
            }
            else if (decision.Standing.Of(consumer) is { } heard && heard > use.LastKnown)
            {
                use.LastKnown = heard;
            }
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable)
        {
            // The last word counts a little longer.
        }

        var agreement = agreements.Find(use.Request.Agreement.Id) ?? use.Request.Agreement;
        return judged.Rules == gate.Rules
            && judged.FirstUsed == meter.FirstUsed(agreement.Id)
            && ReferenceEquals(agreement, use.Request.Agreement)
            && ReferenceEquals(subject, judged.Request.Subject)
            ? null
            : use.Request with { Agreement = agreement, Subject = subject };
    }

    private Task<PeerRecord?> LookUp(string consumer, CancellationToken cancellation)
    {
        if (!looking.TryGetValue(consumer, out var present))
        {
            looking[consumer] = present = decision.Standing.SubjectAsync(consumer, cancellation).AsTask();
            if (!present.IsCompleted)
            {
                // The answer is looked at when it is there, not at the next tick.
                _ = present.ContinueWith(_ => again.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        return present;
    }

    // Its time is not over, and nothing else has changed: what its consumer has used is more than it rests on.
    private bool IsOnlyUsedUp(RunningUse use) => use.Judgement.Decision.Validity is { } validity && clock.GetUtcNow().ToUnixTimeMilliseconds() < validity.UntilMs;

    private bool Holds(RunningUse use, Taken present)
    {
        var judged = use.Judgement.Decision;
        return judged.Validity is { } validity
            ? DecisionCache.Holds(validity, clock.GetUtcNow().ToUnixTimeMilliseconds(), present.Used, present.Counters)

            // An engine that does not say how long its answer holds is asked each time.
            : false;
    }

    /// <returns>The evidence of a denial, on its way.</returns>
    private async Task<Task> DecideAsync(RunningUse use, Taken present, CancellationToken cancellation, GateRequest? changed = null, bool isUsedUp = false)
    {
        var request = changed ?? use.Request;
        var judged = await decision.DecideAgainAsync(request, use.Ticket.Reserved, present.Used, present.Counters, cancellation);
        if (judged.Decision.Allow)
        {
            use.GoOn(judged);
            return Task.CompletedTask;
        }

        // First: what is written may have to wait for the storage.
        return use.Cut(judged.Decision, isUsedUp ? CutCause.UsedUp : CutCause.Here) ? decision.WriteAsync(request, PolicyStage.Tick, judged.Decision) : Task.CompletedTask;
    }
}
