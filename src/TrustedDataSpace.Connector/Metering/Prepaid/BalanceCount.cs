using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Prepaid;

/// <summary>
/// Provider: what is left of one agreement's prepaid balance, in billionths of its currency. A use takes the most that it can cost before it
/// flows, and gives back at its end what it did not cost. Nothing is ever taken beyond what was paid in. Safe for concurrent use.
/// </summary>
/// <param name="counter">What is taken, and up to where a durable lease covers it.</param>
/// <param name="price">What uses cost.</param>
internal sealed class BalanceCount(QuotaCounter counter, UsePrice price)
{
    private int running;
    private long takes;
    private bool isTrue;

    /// <summary>The lock of the agreement's counters, for they are taken together.</summary>
    public Lock Gate { get; } = new();

    /// <summary>What uses cost.</summary>
    public UsePrice Price => price;

    /// <summary>What is taken, and what is left.</summary>
    public (long Used, long Left) State
    {
        get
        {
            lock (Gate)
            {
                return (counter.Used, Left);
            }
        }
    }

    private long Left => Math.Max(0, counter.Limit - counter.Used);

    /// <summary>The balance among the counters of an agreement; null: it is not paid in advance.</summary>
    public static BalanceCount? Of(IReadOnlyList<QuotaCounter> counters, UsePrice? price) =>
        price is not null && counters.FirstOrDefault(counter => counter.IsBalance) is { } counter ? new BalanceCount(counter, price) : null;

    /// <summary>Whether it does not cover so much as the beginning of a use for that purpose.</summary>
    public bool IsShortFor(string purpose)
    {
        lock (Gate)
        {
            return Ask(purpose, leasing: true).Payment == Cover.NotCovered;
        }
    }

    /// <summary>Takes an amount for what is about to flow.</summary>
    /// <param name="amount">Billionths.</param>
    /// <param name="leasing">Whether the caller's own unit of work stores the lease that is missing.</param>
    public Cover TryPay(long amount, bool leasing = false)
    {
        lock (Gate)
        {
            var payment = Ask(amount, leasing);
            if (payment == Cover.Paid)
            {
                Take(amount);
            }

            return payment;
        }
    }

    /// <summary>Takes what was used already, as far as it is there; the rest is due with the settlement.</summary>
    public void PayLate(long amount)
    {
        lock (Gate)
        {
            Take(Math.Min(amount, Left));
        }
    }

    /// <summary>What was taken was not used after all.</summary>
    public void PayBack(long amount)
    {
        lock (Gate)
        {
            counter.Used -= Math.Min(amount, counter.Used);
        }
    }

    /// <summary>
    /// Earlier uses turn out to have cost so much more than was taken for them; below zero: less. Also beyond what was paid in: what comes back with
    /// the next one of them is less by that, or else more would flow than was paid. The next rest compares it with what was counted.
    /// </summary>
    /// <returns>By how much the sum has changed.</returns>
    public long Change(long more)
    {
        lock (Gate)
        {
            var before = counter.Used;
            counter.Used = (long)Int128.Clamp((Int128)before + more, 0, long.MaxValue);
            isTrue = false;
            return counter.Used - before;
        }
    }

    /// <summary>The lease that must be stored so that the amount can be taken; the caller stores it.</summary>
    public IReadOnlyList<Lease> WantedToPay(long amount)
    {
        lock (Gate)
        {
            if (amount > Left || counter.Covers(amount))
            {
                return [];
            }

            counter.Stored = counter.NextLease(amount);
            return [new Lease(QuotaTerm.Prepaid, counter.Period, counter.Stored)];
        }
    }

    /// <summary>More was paid in, and is stored.</summary>
    public void TopUp(long toppedUp)
    {
        lock (Gate)
        {
            counter.Limit = Math.Max(counter.Limit, toppedUp);
        }
    }

    /// <summary>The number of what was taken so far, if nothing is under way and the sum may be another one than what was counted; else null.</summary>
    public long? Doubtful
    {
        get
        {
            lock (Gate)
            {
                return running == 0 && !isTrue ? takes : null;
            }
        }
    }

    /// <summary>Nothing is under way, and so much is used, by what was counted: retries and uses that never came cost nothing.</summary>
    /// <param name="asOf">The number of what was taken when that was read.</param>
    /// <param name="used">By what was counted.</param>
    /// <param name="isUnsure">Whether that may lack something, or nothing is held yet for what nobody knows: then what was taken counts, if it is more.</param>
    /// <returns>The lease to be stored, which covers no more than that; null: something was taken since.</returns>
    public Lease? Correct(long asOf, long used, bool isUnsure)
    {
        lock (Gate)
        {
            if (takes != asOf || running > 0)
            {
                return null;
            }

            used = isUnsure ? Math.Max(used, counter.Used) : used;

            // First here: nobody takes what the table is about to forget.
            (counter.Used, counter.Leased, counter.Stored) = (used, used, used);
            isTrue = true;
            return new Lease(QuotaTerm.Prepaid, counter.Period, used);
        }
    }

    /// <summary>What a request for that purpose takes at its beginning. Under the lock.</summary>
    public (Cover Payment, long Amount) Ask(string purpose, bool leasing)
    {
        var amount = price.OfRequest(purpose);
        return !price.IsPriced(purpose) ? (Cover.Paid, 0)
            : Left == 0 ? (Cover.NotCovered, 0)
            : (Ask(amount, leasing), amount);
    }

    /// <summary>A use begins, and takes that. Under the lock.</summary>
    public void Begin(long amount)
    {
        running++;
        Take(amount);
    }

    private void Take(long amount)
    {
        if (amount == 0)
        {
            // The sum is what it was.
            return;
        }

        takes++;
        isTrue = false;
        counter.Used += amount;
        counter.IsBusy = true;
    }

    /// <summary>What the lease for the next request should have; 0: no request costs anything, or it is not there. Under the lock.</summary>
    public long NextRequest => price.OfAnyRequest <= Left ? price.OfAnyRequest : 0;

    /// <summary>A use has ended. Under the lock.</summary>
    public void Leave() => running--;

    private Cover Ask(long amount, bool leasing) => amount > Left ? Cover.NotCovered : leasing || amount == 0 || counter.Covers(amount) ? Cover.Paid : Cover.NeedsLease;
}
