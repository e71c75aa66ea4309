using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>
/// Brings the tables up to date with the journal: in a unit of work of its own several times a second, and at the beginning of every
/// other one that asks the tables about uses. After a kill the same code does the same with what the file still has.
/// </summary>
internal sealed class JournalApplication(UsageJournal journal, UseSettlement settlement, ProviderCounts counts, Signal recordable)
{
    // Entries, about a tenth of a millisecond.
    private const int Turn = 128;

    // The writer's alone. A list for each batch would be an object that only a full garbage collection frees.
    private readonly List<JournalEntry> entries = [];

    /// <summary>Takes over all that waits.</summary>
    public void Apply(UnitOfWork unit)
    {
        if (journal.IsEmpty)
        {
            return;
        }

        try
        {
            var end = journal.After(UsageTables.Position(unit), entries);
            if (entries.Count > 0)
            {
                Apply(unit, end);
            }
        }
        finally
        {
            entries.Clear();
        }
    }

    private void Apply(UnitOfWork unit, JournalPosition end)
    {
        var batch = new Batch(unit, settlement);
        for (var i = 0; i < entries.Count; i++)
        {
            batch.Take(entries[i]);
            if (i % Turn == Turn - 1)
            {
                // Requests that have come meanwhile go first: a batch is milliseconds of one processor, several times a second.
                Thread.Yield();
            }
        }

        batch.Complete();
        UsageTables.Keep(unit, end);

        // An interval that is over, or a flow that is: nothing else becomes ready to be recorded by this.
        var present = UsageInterval.At(unit.Now);
        var mayBeReady = MayBeReady(present);
        unit.OnCommitted(() =>
        {
            journal.Free(end);
            if (mayBeReady)
            {
                recordable.Set();
            }
        });
    }

    private bool MayBeReady(long present)
    {
        var open = "";
        foreach (var entry in entries)
        {
            if (entry.Ticket.Interval < present || entry.Ticket.Role == FlowRow.Consumer)
            {
                return true;
            }

            if (!ReferenceEquals(entry.Ticket.Flow, open) && counts.Find(entry.Ticket.Flow) is null)
            {
                return true;
            }

            open = entry.Ticket.Flow;
        }

        return false;
    }

    /// <summary>Nearly all uses begin and end in one batch, and share a row; what is out of the ordinary goes step by step.</summary>
    private sealed class Batch(UnitOfWork unit, UseSettlement settlement)
    {
        private readonly Dictionary<UseKey, UsageTicket> open = [];
        private readonly Dictionary<string, UsageTicket> sent = [];
        private readonly List<(UsageTicket Ticket, Delivered Delivered)> settled = new(LeafPages.Most);
        private readonly Dictionary<string, long> reserved = [];
        private readonly Dictionary<string, DateTimeOffset> delivered = [];

        // Of what came last: the next one is mostly of the same agreement.
        private string counted = "";
        private int uncounted;
        private string noted = "";

        public void Take(JournalEntry entry)
        {
            var key = new UseKey(entry.Ticket);
            switch (entry.Kind)
            {
                case JournalKind.Open:
                    open.Add(key, entry.Ticket);
                    Count(entry.Ticket, 1);
                    break;
                case JournalKind.Release:
                    Release(open.Remove(key, out var released) ? released : null, entry.Ticket);
                    break;
                case JournalKind.Sent:
                    sent.Add(entry.Ticket.Claim.Request!, entry.Ticket);
                    break;
                case JournalKind.Counted:
                    Count(entry.Ticket, entry.Delivered);
                    break;
                case JournalKind.Forgotten:
                    _ = sent.Remove(entry.Ticket.Claim.Request!) || SentRow.Remove(unit, entry.Ticket.Claim.Request!);
                    break;
                default:
                    if (open.Remove(key, out var ticket) && !entry.MayBeLost && LeafPage.Fits(ticket, entry.Delivered))
                    {
                        Add(ticket, entry.Delivered);
                        Note(ticket.AgreementId, ticket, entry.Delivered);
                    }
                    else
                    {
                        Settle(ticket, entry);
                    }

                    break;
            }
        }

        public void Complete()
        {
            foreach (var ticket in sent.Values)
            {
                SentRow.Add(unit, ticket);
            }

            foreach (var ticket in open.Values)
            {
                UsageTables.Open(unit, ticket);
            }

            Store();
            CountUp();
            foreach (var (agreement, uses) in reserved)
            {
                ProviderCounts.Add(unit, agreement, uses);
            }

            foreach (var (agreement, at) in delivered)
            {
                ProviderCounts.NoteUse(unit, agreement, at);
            }
        }

        private void Count(UsageTicket ticket, int uses)
        {
            if (!ReferenceEquals(ticket.AgreementId, counted))
            {
                CountUp();
                counted = ticket.AgreementId;
            }

            uncounted += uses;
        }

        private void CountUp()
        {
            if (uncounted != 0)
            {
                reserved[counted] = reserved.GetValueOrDefault(counted) + uncounted;
            }

            uncounted = 0;
        }

        private void Add(UsageTicket ticket, Delivered use)
        {
            settled.Add((ticket, use));
            if (settled.Count == LeafPages.Most)
            {
                Store();
            }
        }

        private void Store()
        {
            if (settled.Count > 0)
            {
                UsageTables.AddSettled(unit, settled);
                settled.Clear();
            }
        }

        // A request that is no longer among those that were sent was settled with the provider in another way.
        private void Count(UsageTicket numbered, Delivered use)
        {
            var id = numbered.Claim.Request!;
            if (!sent.Remove(id, out var request))
            {
                request = SentRow.Find(unit, id)?.Ticket(0, 0);
                SentRow.Remove(unit, id);
            }

            if (request is null)
            {
                return;
            }

            var ticket = request with { Interval = numbered.Interval, Sequence = numbered.Sequence };
            if (LeafPage.Fits(ticket, use))
            {
                Add(ticket, use);
                return;
            }

            UsageTables.Open(unit, ticket);
            settlement.Settle(unit, ticket.Use, use);
        }

        // The memory has given it back already.
        private void Release(UsageTicket? opened, UsageTicket named)
        {
            if (opened is not null)
            {
                Count(opened, -1);
            }
            else if (UsageTables.Find(unit, named.Use) is { State: LeafRow.Open } leaf)
            {
                UsageTables.Remove(unit, named.Use);
                if (named.Role == FlowRow.Provider)
                {
                    ProviderCounts.Add(unit, leaf.AgreementId, -1);
                }
            }
        }

        private void Settle(UsageTicket? opened, JournalEntry entry)
        {
            var (named, use) = (entry.Ticket, entry.Delivered);
            if (opened is not null)
            {
                UsageTables.Open(unit, opened);
            }

            if (settlement.Settle(unit, named.Use, use, entry.MayBeLost) is { } leaf)
            {
                Note(leaf.AgreementId, opened ?? named, use);
            }
        }

        // What was read back from the file knows no more of its time than the interval.
        private void Note(string agreement, UsageTicket ticket, Delivered use)
        {
            if (!ReferenceEquals(agreement, noted) && ticket.Role == FlowRow.Provider && (use.Outcome is UsageOutcomes.Ok or UsageOutcomes.Cut))
            {
                // The first of an agreement counts.
                delivered.TryAdd(agreement, ticket.Reserved == default ? UsageInterval.Start(ticket.Interval) : ticket.Reserved);
                noted = agreement;
            }
        }
    }

    // Compared whole, but hashed by its numbers: the texts are the same for nearly all.
    private readonly struct UseKey(UsageTicket ticket) : IEquatable<UseKey>
    {
        private readonly UsageTicket ticket = ticket;

        public bool Equals(UseKey other) =>
            ticket.Sequence == other.ticket.Sequence && ticket.Interval == other.ticket.Interval && ticket.Flow == other.ticket.Flow && ticket.Role == other.ticket.Role;

        public override bool Equals(object? obj) => obj is UseKey other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(ticket.Interval, ticket.Sequence);
    }
}
