using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Provider: the present place in the numbering of one flow's uses. Safe for concurrent use.</summary>
/// <param name="flow">The flow.</param>
/// <param name="agreement">Where its uses count.</param>
/// <param name="first">
/// The first interval that may still get uses: never one that is already recorded, even if the clock was set back; nor one from before a
/// suspension: the consumer, which may have settled its uses sooner, has recorded it and would refuse every further number of it.
/// </param>
/// <param name="last">The last number given in each interval from that one on.</param>
internal sealed class FlowCount(string flow, AgreementCount agreement, long first, IEnumerable<(long Interval, long Sequence)> last)
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, long> earlier = last.ToDictionary(place => place.Interval, place => place.Sequence);
    private long first = first;
    private long interval;
    private long sequence;
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

            GoTo(Math.Max(first, UsageInterval.At(now)));

            var ticket = new UsageTicket(FlowRow.Provider, flow, interval, sequence + 1, agreement.Id, claim, taken.Used) { Counters = taken.Counters, Reserved = now, Paid = taken.Paid, Count = agreement };
            if (!journal.TryAppend(new JournalEntry(JournalKind.Open, ticket, default)))
            {
                agreement.Return(now, taken.Paid);
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
            first = Math.Max(first, over + 1);
            foreach (var closed in earlier.Keys.Where(key => key < first).ToList())
            {
                earlier.Remove(closed);
            }
        }
    }

    /// <summary>Reserves nothing from now on: what is noted now is all there is.</summary>
    public void Close()
    {
        lock (gate)
        {
            closing = true;
        }
    }

    // Backwards, too: a clock that is set back may lead into an interval that has uses already.
    private void GoTo(long present)
    {
        if (present != interval)
        {
            earlier[interval] = sequence;
            (interval, sequence) = (present, earlier.GetValueOrDefault(present));
        }
    }
}
