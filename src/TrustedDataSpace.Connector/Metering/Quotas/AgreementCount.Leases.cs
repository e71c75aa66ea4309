using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <content>Up to where may be taken without a durable step, and how that is renewed and given back.</content>
internal sealed partial class AgreementCount
{
    private bool isRenewing;
    private bool wasWanted;
    private TaskCompletionSource<bool>? renewed;

    /// <summary>Which leases must be stored so that so much more can be taken. The caller stores them, in the unit of work that it is in.</summary>
    /// <param name="amount">For each counter, by what it counts.</param>
    /// <param name="now">Now.</param>
    /// <param name="early">Also where half of a lease is left.</param>
    public IReadOnlyList<Lease> Wanted(Func<QuotaUnit, long> amount, DateTimeOffset now, bool early)
    {
        var wanted = new List<Lease>();
        lock (gate)
        {
            foreach (var counter in counters)
            {
                counter.Roll(now);
                var asked = amount(counter.Unit);
                if (asked > 0 && (!counter.Covers(asked) || (early && counter.RunsLow)))
                {
                    counter.Stored = counter.NextLease(asked);
                    counter.Ask();
                    wanted.Add(new Lease(counter.Name, counter.Period, counter.Stored));
                }
            }
        }

        return wanted;
    }

    /// <summary>Which leases must be stored because more is taken than they cover: others took meanwhile, or what was taken had happened already.</summary>
    public IReadOnlyList<Lease> Uncovered()
    {
        List<Lease>? uncovered = null;
        lock (gate)
        {
            foreach (var counter in counters)
            {
                if (counter.IsUncovered)
                {
                    counter.Stored = counter.NextLease(0);
                    (uncovered ??= []).Add(new Lease(counter.Name, counter.Period, counter.Stored));
                }
            }
        }

        return uncovered ?? [];
    }

    /// <summary>Whether there are such.</summary>
    public bool IsUncovered
    {
        get
        {
            lock (gate)
            {
                return counters.Any(counter => counter.IsUncovered);
            }
        }
    }

    /// <summary>A renewal of leases begins: however many need it, it is one.</summary>
    /// <returns>False: one is under way. Else the caller ends it (<see cref="EndRenewal"/>).</returns>
    public bool BeginRenewal()
    {
        lock (gate)
        {
            return !isRenewing && (isRenewing = true);
        }
    }

    /// <summary>Ends with the renewal that is under way, if one is; fails as it fails.</summary>
    /// <returns>Whether that one, or the last that ended, had a lease to renew.</returns>
    public Task<bool> RenewalAsync()
    {
        lock (gate)
        {
            return isRenewing ? (renewed ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.FromResult(wasWanted);
        }
    }

    /// <summary>The renewal has ended.</summary>
    /// <param name="wanted">Whether it had a lease to renew.</param>
    /// <param name="failure">What it failed with, if it did.</param>
    public void EndRenewal(bool wanted, Exception? failure = null)
    {
        TaskCompletionSource<bool>? ended;
        lock (gate)
        {
            (isRenewing, wasWanted, ended, renewed) = (false, wanted, renewed, null);
        }

        if (failure is null)
        {
            ended?.SetResult(wanted);
        }
        else
        {
            ended?.SetException(failure);
        }
    }

    /// <summary>The lease is stored durably. It counts no further than what was stored, or taken back, behind it.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="beside">Whether it is stored beside the table.</param>
    public void Grant(Lease lease, bool beside = false)
    {
        lock (gate)
        {
            foreach (var counter in counters)
            {
                if (counter.Name == lease.Counter && counter.Period == lease.Period)
                {
                    counter.Leased = Math.Max(counter.Leased, Math.Min(lease.Until, counter.Stored));
                    counter.IsBeside |= beside;
                    counter.Got();
                }
            }
        }
    }

    /// <summary>The lease was not stored after all.</summary>
    public void Lose(Lease lease)
    {
        lock (gate)
        {
            foreach (var counter in counters)
            {
                if (counter.Name == lease.Counter)
                {
                    counter.Stored = Math.Min(counter.Stored, counter.Leased);
                }
            }
        }
    }

    /// <summary>Takes back the leases of counters that were not used since the last call, and covers what was taken without; what is returned must be stored.</summary>
    public IReadOnlyList<Lease> Reclaim(DateTimeOffset now)
    {
        List<Lease>? idle = null;
        lock (gate)
        {
            foreach (var counter in counters)
            {
                counter.Roll(now);
                if (counter is { IsDurable: true, IsBusy: false } && (counter.Leased != counter.Used || counter.IsBeside))
                {
                    // First here: nobody takes what the table is about to forget.
                    (counter.Leased, counter.Stored, counter.IsBeside) = (counter.Used, counter.Used, false);
                    (idle ??= []).Add(new Lease(counter.Name, counter.Period, counter.Used));
                }

                counter.IsBusy = false;
            }
        }

        return idle ?? [];
    }

    /// <summary>Stores that a lease ends where it was used up to, unless it was renewed since.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="lease">What was taken back (<see cref="Reclaim"/>).</param>
    /// <param name="beside">May hold a later end of it, until this is durable.</param>
    public void GiveBack(UnitOfWork unit, Lease lease, LeaseFile beside)
    {
        lock (gate)
        {
            if (IsUnchanged(lease))
            {
                QuotaLeases.Store(unit, id, lease);
                beside.NoteStored(id, lease.Counter);
                unit.OnCommitted(() => Forget(lease, beside));
            }
        }
    }

    private void Forget(Lease lease, LeaseFile beside)
    {
        lock (gate)
        {
            if (IsUnchanged(lease))
            {
                beside.Forget(id, lease.Counter);
            }
        }
    }

    private bool IsUnchanged(Lease lease) =>
        counters.FirstOrDefault(counter => counter.Name == lease.Counter) is { } counter && counter.Period == lease.Period && counter.Stored <= lease.Until;
}
