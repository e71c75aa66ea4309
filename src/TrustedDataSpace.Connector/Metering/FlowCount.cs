using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Provider: the present place in the numbering of one flow's uses. Safe for concurrent use.</summary>
/// <param name="flow">The flow.</param>
/// <param name="agreement">Where its uses count.</param>
/// <param name="interval">
/// The first interval that may still get uses: never one that is already recorded, even if the clock was set back; nor one from before a
/// suspension: the consumer, which may have settled its uses sooner, has recorded it and would refuse every further number of it.
/// </param>
/// <param name="sequence">The last number given in it.</param>
internal sealed class FlowCount(string flow, AgreementCount agreement, long interval, long sequence)
{
    private readonly Lock gate = new();
    private long interval = interval;
    private long sequence = sequence;
    private bool closing;

    /// <summary>Where its uses count.</summary>
    public AgreementCount Agreement => agreement;

    /// <summary>Reserves a use and notes it in the journal; null: the flow is being closed, a lease is missing, or the journal is full.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="now">Now.</param>
    /// <param name="claim">What the request says.</param>
    /// <param name="leasing">Whether the caller's own unit of work stores the leases that are missing.</param>
    /// <param name="low">Whether leases should be renewed before they are used up.</param>
    public UsageTicket? TryReserve(UsageJournal journal, DateTimeOffset now, UsageClaim claim, bool leasing, out bool low)
    {
        lock (gate)
        {
            low = false;
            if (closing || agreement.TryTake(claim.Purpose, now, leasing) is not { } taken)
            {
                return null;
            }

            if (UsageInterval.At(now) is var present && present > interval)
            {
                (interval, sequence) = (present, 0);
            }

            var ticket = new UsageTicket(FlowRow.Provider, flow, interval, sequence + 1, agreement.Id, claim, taken.Used) { Counters = taken.Counters, Reserved = now };
            if (!journal.TryAppend(new JournalEntry(JournalKind.Open, ticket, default)))
            {
                agreement.Return(now);
                agreement.Leave();
                return null;
            }

            sequence++;
            low = taken.RunsLow;
            return ticket;
        }
    }

    /// <summary>From now on no use gets a number of that interval or an earlier one.</summary>
    public void CloseInterval(long over)
    {
        lock (gate)
        {
            if (over >= interval)
            {
                (interval, sequence) = (over + 1, 0);
            }
        }
    }

    /// <summary>Reserves nothing until it is opened again: what is noted now is all there is.</summary>
    public void Close()
    {
        lock (gate)
        {
            closing = true;
        }
    }

    /// <summary>The flow is open after all.</summary>
    public void Reopen()
    {
        lock (gate)
        {
            closing = false;
        }
    }
}
