using System.Diagnostics;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// One answer while it flows. It goes on as long as the decision that let it begin holds; when that ends (<see cref="RunningUses"/> looks)
/// or a quota is used up, it is decided again, and cut when the answer is no.
/// </summary>
internal sealed partial class RunningUse : IDisposable
{
    // Whoever has been told the end of an answer may be too slow to take it.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);

    private readonly RunningUses runs;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource broken = new();
    private readonly CancellationTokenRegistration ofFlow;
    private readonly AgreementCount? count;
    private readonly RowCounter? rows;
    private readonly DateTimeOffset begun;
    private readonly long started = Stopwatch.GetTimestamp();
    private volatile Judgement judgement;
    private long rowsSeen;
    private Volumes taken;
    private long secondsTaken;
    private volatile CancellationTokenSource? ending;
    private volatile bool isCut;
    private bool saysWhy;
    private volatile bool isOver;

    public RunningUse(RunningUses runs, UsageTicket ticket, Judgement judgement, AgreementCount? count)
    {
        (this.runs, Ticket, this.judgement) = (runs, ticket, judgement);
        begun = ticket.Reserved;
        Paid = ticket.Paid;
        Counters = count;
        if (count is { HasVolumes: true })
        {
            this.count = count;
            rows = new RowCounter(judgement.Request.Agreement.Meter);
        }

        ofFlow = judgement.Request.Flow.Stop.Token.UnsafeRegister(static state => ((RunningUse)state!).CutWithFlow(), this);
    }

    /// <summary>When it began, of a clock that only goes forward.</summary>
    public long Started => started;

    /// <summary>What was asked, as it was last decided on.</summary>
    public GateRequest Request => judgement.Request;

    /// <summary>Its place in the count.</summary>
    public UsageTicket Ticket { get; }

    /// <summary>The decision that holds now.</summary>
    public Judgement Judgement => judgement;

    /// <summary>Whether it must end.</summary>
    public bool IsCut => isCut;

    /// <summary>Who brought the first cut about.</summary>
    public CutCause Cause { get; private set; }

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => isOver;

    /// <summary>Cancelled when it must break off.</summary>
    public CancellationToken Broken => broken.Token;

    /// <summary>Why it was cut by a decision; null while it was not, and when the whole flow ended.</summary>
    public PolicyDecision? Denial { get; private set; }

    /// <summary>What its contract limits; null: nothing is counted yet.</summary>
    public AgreementCount? Counters { get; }

    /// <summary>The present time.</summary>
    public DateTimeOffset Now => runs.Now;

    /// <summary>The moment of the last word on whether the consumer is a member; null: not looked at yet.</summary>
    public DateTimeOffset? LastKnown { get; set; }

    /// <summary>What its own place in the counters is: those of requests as they were when it began, those of volumes as they are.</summary>
    public Taken Present(AgreementCount? counters, DateTimeOffset now)
    {
        var present = counters?.Present(Ticket, now) ?? new Taken(Ticket.Used, Ticket.Counters, false);
        return IsCovered ? present : present with { Counters = new Dictionary<string, long>(present.Counters ?? new Dictionary<string, long>()) { [QuotaTerm.Prepaid] = 1 } };
    }

    /// <summary>Whether its prepaid balance covers all that it wanted to let flow.</summary>
    public bool IsCovered { get; set; } = true;

    /// <summary>What it has taken from the balance so far, billionths of the currency.</summary>
    public long Paid { get; set; }

    /// <summary>From now on it says why it ends: that is not counted against a quota.</summary>
    /// <returns>False: its bytes are paid in advance, and the balance may not cover these.</returns>
    public bool SayWhy()
    {
        HeldBack = 0;
        return saysWhy = count?.Balance is not { Price.CountsBytes: true };
    }

    /// <summary>Neighbours in the list of <see cref="RunningUses"/>.</summary>
    public RunningUse? Next { get; set; }

    /// <summary>Neighbours in the list of <see cref="RunningUses"/>.</summary>
    public RunningUse? Previous { get; set; }

    /// <summary>Whether it is counted already.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Counts what was delivered, or that nothing was (null). Once: what comes later changes nothing.</summary>
    public ValueTask SettleAsync(Delivered? delivered) => Close(delivered) ? runs.SettleAsync(this, delivered) : ValueTask.CompletedTask;

    /// <summary>Counts what was delivered, and does what follows from it in a unit of work in which it is counted.</summary>
    public Task SettleAsync(Delivered delivered, Action<UnitOfWork> then) => Close(delivered) ? runs.SettleAsync(this, delivered, then) : throw new InvalidOperationException("The use is counted already.");

    /// <summary>Counts an answer as whole, before its last piece goes out: from then on it is not cut any more.</summary>
    /// <exception cref="OperationCanceledException">It was cut just before.</exception>
    public ValueTask SettleWholeAsync(Delivered delivered) =>
        Close(delivered, unlessCut: true) ? runs.SettleAsync(this, delivered) : throw new OperationCanceledException("The answer was cut right before its end.");

    private bool Close(Delivered? delivered, bool unlessCut = false)
    {
        lock (gate)
        {
            if (IsSettled || (unlessCut && isCut))
            {
                return false;
            }

            IsSettled = true;
        }

        if (count is not null)
        {
            Reconcile(count, delivered);
            PayBack(count, delivered);
        }

        return true;
    }

    // What it cost is known now. Where a count is not, or nobody knows what left the building, it keeps what it has taken; and a release gives back what the ticket took.
    private void PayBack(AgreementCount counters, Delivered? delivered)
    {
        if (counters.Balance is { } balance && delivered is not { Observed: false })
        {
            var cost = delivered is { } use ? balance.Price.Of(CountsOf(use.Outcome, use.Rows, use.Bytes, use.Tokens)) ?? Paid : Ticket.Paid;
            balance.PayBack(Math.Max(0, Paid - cost));
            runs.PayLate(counters, balance, Math.Max(0, cost - Paid));
        }
    }

    // All of it so far at its highest price, less what was paid already. What nobody can count has no price, and does not flow.
    private async ValueTask<bool> PayAsync(AgreementCount counters)
    {
        if (counters.Balance is not { } balance)
        {
            return true;
        }

        var cost = balance.Price.Most(CountsOf("", rows!.Rows, rows.Bytes, Ahead(loose)));
        if (cost is null)
        {
            Cut(denial: null);
        }
        else if (cost < Paid)
        {
            // What was taken for a part that was not whole, and came to less.
            balance.PayBack(Paid - cost.Value);
            Paid = cost.Value;
        }
        else if (cost > Paid)
        {
            await runs.PayAsync(this, counters, balance, cost.Value - Paid, broken.Token);
        }

        return MayGo();
    }

    private UsageCounts CountsOf(string outcome, long rowsDelivered, long bytes, TokenCounts? counted) => new()
    {
        Purpose = Ticket.Claim.Purpose,
        Outcome = outcome,
        Requests = 1,
        Rows = rowsDelivered,
        Bytes = bytes,
        TokensIn = counted?.In,
        TokensCached = counted?.Cached,
        TokensOut = counted?.Out,
        TokensData = counted?.Data,
    };

    /// <summary>It was decided again, and may go on.</summary>
    public void GoOn(Judgement with) => judgement = with;

    /// <summary>Its answer may end anywhere between two of its parts: from now on it is not broken off but ended, and can say why.</summary>
    /// <returns>Cancelled when it must end.</returns>
    public CancellationToken EndCleanly()
    {
        lock (gate)
        {
            ending = new CancellationTokenSource();
            return ending.Token;
        }
    }

    /// <summary>It must end.</summary>
    /// <param name="denial">Why; null: its flow has ended.</param>
    /// <param name="cause">Who brings that about: not this side where it is the consumer's own stop, or what it has used up.</param>
    /// <returns>False when it has ended already, is counted as whole, or was told so before: whoever looks at it may be slower than its own end.</returns>
    public bool Cut(PolicyDecision? denial, CutCause cause = CutCause.Here)
    {
        lock (gate)
        {
            if (isOver || IsSettled)
            {
                return false;
            }

            var isFirst = !isCut;
            Cause = isFirst ? cause : Cause;
            Denial ??= denial;
            isCut = true;
            if (ending is { } clean)
            {
                broken.CancelAfter(LongestEnd);
                _ = clean.CancelAsync();
            }
            else
            {
                // Asynchronously: what is cut does its own accounting, and this may run on the database's writer.
                _ = broken.CancelAsync();
            }

            return isFirst;
        }
    }

    /// <summary>Takes what is about to go out from the quotas. Returns when it may.</summary>
    /// <param name="piece">The next piece of the answer.</param>
    /// <param name="isLast">Whether the answer is whole with it.</param>
    /// <returns>False: a quota is used up, and nothing of this piece goes out; the answer ends cleanly and can say why.</returns>
    /// <exception cref="OperationCanceledException">The same of an answer that can only be broken off.</exception>
    public ValueTask<bool> PassAsync(ReadOnlyMemory<byte> piece, bool isLast = false) => count is null || saysWhy ? ValueTask.FromResult(true) : PassAsync(count, piece, isLast);

    /// <summary>Takes the time that has passed since the beginning, in whole seconds begun.</summary>
    public async ValueTask PassTimeAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        if (count is not null && SecondsSince(now) is > 0 and var seconds)
        {
            secondsTaken += seconds;
            await runs.TakeAsync(this, count, new Volumes(Seconds: seconds), cancellation);
        }
    }

    private void CutWithFlow() => Cut(denial: null, Request.Flow.Stop.IsByPeer ? CutCause.Elsewhere : CutCause.Here);

    public void Dispose()
    {
        ofFlow.Dispose();
        if (count is not null)
        {
            runs.TakeLate(count, new Volumes(Seconds: SecondsSince(runs.Now)));
        }

        runs.End(this);
        lock (gate)
        {
            isOver = true;
        }

        ending?.Dispose();
        broken.Dispose();
    }

    private long SecondsSince(DateTimeOffset now) => Math.Max(0, (long)Math.Ceiling((now - begun).TotalSeconds) - secondsTaken);

    private async ValueTask<bool> PassAsync(AgreementCount counters, ReadOnlyMemory<byte> piece, bool isLast)
    {
        if (!MayGo())
        {
            return false;
        }

        rows!.Add(piece.Span);
        var moreRows = Math.Max(0, rows.Rows - rowsSeen);
        rowsSeen += moreRows;
        var moreTokens = 0L;
        if (tokens is not null)
        {
            if (Look(counters, tokens, piece.Span, isLast) is not { } seen)
            {
                // What is left of a quota of which nobody knows what was used is nothing.
                await runs.RefuseAsync(this, NotCounted);
                return MayGo();
            }

            moreTokens = Math.Max(0, seen - tokensSeen);
            GiveBack(counters, Math.Max(0, tokensSeen - seen));
            tokensSeen = seen;
        }

        return await PayAsync(counters) && await TakeAsync(counters, new Volumes(Bytes: piece.Length, Rows: moreRows, Tokens: moreTokens));
    }

    private bool MayGo()
    {
        if (isCut && ending is null)
        {
            // Now, not in a moment: the forwarder tells a write that it has cancelled itself from one that failed, of which it warns.
            broken.Cancel();
            throw new OperationCanceledException("The contract does not allow more.", broken.Token);
        }

        return !isCut;
    }

    // What was taken ahead was an estimate, and what waited for its end may never have gone out: in the end the quota has lost what is billed, and not more.
    private void Reconcile(AgreementCount counters, Delivered? delivered)
    {
        if (delivered is { Observed: false })
        {
            // Nobody knows what left the building: it stays taken.
            return;
        }

        var rest = new Volumes(
            Bytes: Math.Min(0, (delivered?.Bytes ?? 0) - taken.Bytes),
            Rows: (delivered?.Rows ?? 0) - taken.Rows,
            Tokens: tokens is null ? 0 : delivered is not { } known ? -taken.Tokens : known.Tokens is null || tokens.TotalOf(known.Tokens) is not { } total ? 0 : total - taken.Tokens);
        runs.TakeLate(counters, new Volumes(Rows: Math.Max(0, rest.Rows), Tokens: Math.Max(0, rest.Tokens)));
        counters.Untake(new Volumes(Bytes: -rest.Bytes, Rows: Math.Max(0, -rest.Rows), Tokens: Math.Max(0, -rest.Tokens)), begun);
    }

    private async Task<bool> TakeAsync(AgreementCount counters, Volumes volumes)
    {
        if (await runs.TakeAsync(this, counters, volumes, broken.Token))
        {
            taken = new Volumes(Bytes: taken.Bytes + volumes.Bytes, Rows: taken.Rows + volumes.Rows, Tokens: taken.Tokens + volumes.Tokens);
            tokensTakenAt = volumes.Tokens > 0 ? Now : tokensTakenAt;
        }

        return MayGo();
    }
}

/// <summary>A decision, under which rules it was taken, and what about.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Rules">The rules as they were before it was taken.</param>
/// <param name="Request">What was asked.</param>
/// <param name="FirstUsed">When the agreement was first used, as it was known then; null: not yet.</param>
internal sealed record Judgement(PolicyDecision Decision, DecidingRules Rules, GateRequest Request, DateTimeOffset? FirstUsed);
