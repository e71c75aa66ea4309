using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>Provider: what one agreement has used so far, reservations included. Safe for concurrent use.</summary>
/// <param name="id">The agreement.</param>
/// <param name="used">Uses until now.</param>
/// <param name="purposes">The purposes it was used for until now.</param>
/// <param name="counters">What its terms limit.</param>
/// <param name="firstUsed">When it was first used, milliseconds since 1970; 0: never.</param>
/// <param name="balance">Its prepaid balance, the counter of which is among the others; null: it is not paid in advance.</param>
internal sealed partial class AgreementCount(string id, long used, IEnumerable<string> purposes, QuotaCounter[] counters, long firstUsed, BalanceCount? balance = null)
{
    /// <summary>Most different purposes under one agreement: a record lists every one and is signed as one token, which must stay short enough to be sent.</summary>
    public const int MostPurposes = 32;

    /// <summary>The counter of all uses, which decisions always get.</summary>
    public const string Total = "count";

    private readonly Lock gate = balance?.Gate ?? new Lock();
    private readonly List<string> purposes = [.. purposes];
    private readonly RateLimitText texts = new([.. counters.Where(counter => !counter.IsBalance)]);
    private static readonly Dictionary<string, long> NoCounters = [];

    private readonly bool limitsConcurrency = counters.Any(counter => counter.Unit == QuotaUnit.Concurrency);
    private long used = used;
    private long firstUsed = firstUsed;

    /// <summary>The agreement.</summary>
    public string Id => id;

    /// <summary>Its prepaid balance; null: it is not paid in advance.</summary>
    public BalanceCount? Balance => balance;

    /// <summary>Whether the contract limits anything, a balance apart.</summary>
    public bool HasQuotas { get; } = counters.Any(counter => !counter.IsBalance);

    /// <summary>Whether a counter grows while data flows.</summary>
    public bool HasVolumes { get; } = counters.Any(counter => !counter.CountsRequests);

    /// <summary>Takes one use of everything that counts requests.</summary>
    /// <param name="purpose">Its purpose.</param>
    /// <param name="now">Now.</param>
    /// <param name="leasing">Whether the caller's own unit of work stores the leases that are missing (<see cref="Lease"/>).</param>
    /// <returns>Null: a lease is missing.</returns>
    /// <exception cref="RefusalException">Malformed: one purpose too many.</exception>
    public Taken? TryTake(string purpose, DateTimeOffset now, bool leasing = false)
    {
        lock (gate)
        {
            if (!purposes.Contains(purpose))
            {
                Add(purpose);
            }

            foreach (var counter in counters)
            {
                counter.Roll(now);
                if (!leasing && counter.CountsRequests && !counter.Covers(1))
                {
                    return null;
                }
            }

            var (payment, price) = balance?.Ask(purpose, leasing) ?? (Cover.Paid, 0);
            if (payment == Cover.NeedsLease)
            {
                return null;
            }

            var paid = payment == Cover.Paid ? price : 0;
            balance?.Begin(paid);
            var low = false;
            foreach (var counter in counters)
            {
                if (counter.CountsRequests)
                {
                    counter.Used++;
                    counter.IsBusy = true;
                    low |= !leasing && counter.RunsLow;
                }
            }

            return new Taken(++used, Values(volume: 1, isCovered: payment == Cover.Paid), low, paid);
        }
    }

    /// <summary>Takes what is about to flow.</summary>
    /// <returns>False: a lease is missing; nothing is taken.</returns>
    public bool TryTake(Volumes volumes, DateTimeOffset now, bool leasing = false)
    {
        lock (gate)
        {
            foreach (var counter in counters)
            {
                counter.Roll(now);
                if (!leasing && volumes.Of(counter.Unit) is > 0 and var amount && !counter.Covers(amount))
                {
                    return false;
                }
            }

            foreach (var counter in counters)
            {
                if (volumes.Of(counter.Unit) is > 0 and var amount)
                {
                    counter.Used += amount;
                    counter.IsBusy = true;
                }
            }

            return true;
        }
    }

    /// <summary>The values of the counters for a use that runs: those of requests as they were when it began, those of volumes as they are.</summary>
    public Taken Present(UsageTicket ticket, DateTimeOffset now)
    {
        lock (gate)
        {
            foreach (var counter in counters)
            {
                counter.Roll(now);
            }

            if (!HasVolumes)
            {
                return new Taken(ticket.Used, ticket.Counters, false);
            }

            var values = Values(volume: 0, isCovered: true);
            foreach (var (name, value) in ticket.Counters ?? NoCounters)
            {
                if (counters.Any(counter => counter.Name == name && counter.CountsRequests))
                {
                    values![name] = value;
                }
            }

            return new Taken(ticket.Used, values, false);
        }
    }

    /// <summary>What was taken did not go out.</summary>
    /// <param name="volumes">So much of it.</param>
    /// <param name="taken">When the first of it was taken, if that may be long ago: a period that has begun since has nothing of it, or nobody knows how much.</param>
    public void Untake(Volumes volumes, DateTimeOffset? taken = null)
    {
        lock (gate)
        {
            foreach (var counter in counters)
            {
                if (taken is null || counter.IsOf(taken.Value))
                {
                    counter.Used -= Math.Min(volumes.Of(counter.Unit), counter.Used);
                }
            }
        }
    }

    /// <summary>When the agreement was first used; null before.</summary>
    public DateTimeOffset? FirstUsed => firstUsed == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(firstUsed);

    /// <summary>Something was delivered in a use that was reserved then.</summary>
    public void NoteUse(DateTimeOffset reserved)
    {
        if (Volatile.Read(ref firstUsed) == 0)
        {
            Interlocked.CompareExchange(ref firstUsed, reserved.ToUnixTimeMilliseconds(), 0);
        }
    }

    /// <summary>Gives one use back.</summary>
    /// <param name="taken">When it was taken: a period that has begun since has nothing of it.</param>
    /// <param name="paid">What it took from the balance.</param>
    public void Return(DateTimeOffset taken, long paid = 0)
    {
        lock (gate)
        {
            used--;
            balance?.PayBack(paid);
            foreach (var counter in counters)
            {
                if (counter.Unit is QuotaUnit.Count or QuotaUnit.Frequency && counter.Used > 0 && counter.IsOf(taken))
                {
                    counter.Used--;
                }
            }
        }
    }

    /// <summary>A use no longer runs.</summary>
    public void Leave()
    {
        if (balance is null && !limitsConcurrency)
        {
            return;
        }

        lock (gate)
        {
            balance?.Leave();
            foreach (var counter in counters)
            {
                counter.Used -= counter.Unit == QuotaUnit.Concurrency ? 1 : 0;
            }
        }
    }

    /// <summary>What the contract limits, and what is left of it.</summary>
    public IReadOnlyList<QuotaState> States(DateTimeOffset now)
    {
        lock (gate)
        {
            return [.. counters.Where(counter => !counter.IsBalance).Select(counter =>
            {
                counter.Roll(now);
                return new QuotaState(counter.Name, counter.Limit, Math.Max(0, counter.Limit - counter.Used), counter.Start, counter.End);
            })];
        }
    }

    /// <summary>What is left of what the contract limits of that unit.</summary>
    /// <param name="unit">What is counted.</param>
    /// <param name="terms">All limits of the contract. Of several for one counter it is not known here which of them holds: the next one above what is used does.</param>
    /// <param name="now">Now.</param>
    public long Rest(QuotaUnit unit, IReadOnlyList<QuotaTerm> terms, DateTimeOffset now)
    {
        lock (gate)
        {
            var rest = long.MaxValue;
            foreach (var counter in counters.Where(counter => counter.Unit == unit))
            {
                counter.Roll(now);
                foreach (var term in terms.Where(term => term.Counter == counter.Name && (term.Limit >= counter.Used || term.Limit == counter.Limit)))
                {
                    rest = Math.Min(rest, term.Limit - counter.Used);
                }
            }

            return rest;
        }
    }

    /// <summary>The same as the two RateLimit fields have it.</summary>
    public (string Policy, string Limit) RateLimit(DateTimeOffset now)
    {
        lock (gate)
        {
            return (texts.Policy, texts.Limit(now));
        }
    }

    // Null where nothing but the total is limited: most contracts.
    private Dictionary<string, long>? Values(long volume, bool isCovered)
    {
        Dictionary<string, long>? values = null;
        foreach (var counter in counters)
        {
            if (counter.Name != Total)
            {
                (values ??= new(counters.Length, StringComparer.Ordinal))[counter.Name] = counter.IsBalance ? (isCovered ? 0 : 1) : counter.Used + (counter.CountsRequests ? 0 : volume);
            }
        }

        return values;
    }

    private void Add(string purpose)
    {
        if (purposes.Count >= MostPurposes)
        {
            throw new RefusalException(RefusalCode.Malformed, $"This agreement has been used for {MostPurposes} different purposes already.") { Where = DataPlane.DataHeaders.Purpose, Remedy = "declare one of those" };
        }

        purposes.Add(purpose);
    }
}
