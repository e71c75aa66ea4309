using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Journal;

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

    /// <summary>Reserves a use and notes it in the journal; null: the flow is being closed, or the journal is full.</summary>
    public UsageTicket? TryReserve(UsageJournal journal, long now, UsageClaim claim)
    {
        lock (gate)
        {
            if (closing)
            {
                return null;
            }

            if (now > interval)
            {
                (interval, sequence) = (now, 0);
            }

            var ticket = new UsageTicket(FlowRow.Provider, flow, interval, sequence + 1, agreement.Id, claim, agreement.Take(claim.Purpose));
            if (!journal.TryAppend(new JournalEntry(JournalKind.Open, ticket, default)))
            {
                agreement.Return();
                return null;
            }

            sequence++;
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
