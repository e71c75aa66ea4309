using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>
/// Brings the tables up to date with the journal: in a unit of work of its own several times a second, and at the beginning of every
/// other one that asks the tables about uses. After a kill the same code does the same with what the file still has.
/// </summary>
internal sealed class JournalApplication(UsageJournal journal, UseSettlement settlement, Signal recordable)
{
    /// <summary>Takes over all that waits.</summary>
    public void Apply(UnitOfWork unit)
    {
        if (journal.IsEmpty)
        {
            return;
        }

        var (entries, end) = journal.After(UsageTables.Position(unit));
        if (entries.Count == 0)
        {
            return;
        }

        var batch = new Batch(unit, settlement);
        foreach (var entry in entries)
        {
            batch.Take(entry);
        }

        batch.Complete();
        UsageTables.Keep(unit, end);
        unit.OnCommitted(() =>
        {
            journal.Free(end);
            recordable.Set();
        });
    }

    /// <summary>Nearly all uses begin and end in one batch, and are one row each; what is out of the ordinary goes step by step.</summary>
    private sealed class Batch(UnitOfWork unit, UseSettlement settlement)
    {
        private readonly Dictionary<(string, string, long, long), UsageTicket> open = [];
        private readonly List<(UsageTicket Ticket, Delivered Delivered)> settled = [];
        private readonly Dictionary<string, long> reserved = [];

        public void Take(in JournalEntry entry)
        {
            var key = (entry.Ticket.Role, entry.Ticket.Flow, entry.Ticket.Interval, entry.Ticket.Sequence);
            switch (entry.Kind)
            {
                case JournalKind.Open:
                    open.Add(key, entry.Ticket);
                    Count(entry.Ticket, 1);
                    break;
                case JournalKind.Release:
                    Release(open.Remove(key, out var released) ? released : null, entry.Ticket);
                    break;
                default:
                    if (open.Remove(key, out var ticket) && IsPlain(ticket, entry.Delivered))
                    {
                        settled.Add((ticket, entry.Delivered));
                    }
                    else
                    {
                        Settle(ticket, entry.Ticket, entry.Delivered);
                    }

                    break;
            }
        }

        public void Complete()
        {
            foreach (var ticket in open.Values)
            {
                UsageTables.Open(unit, ticket);
            }

            if (settled.Count > 0)
            {
                UsageTables.InsertSettled(unit, settled);
            }

            foreach (var (agreement, uses) in reserved)
            {
                ProviderCounts.Add(unit, agreement, uses);
            }

            foreach (var use in settled.Where(use => use.Delivered.Outcome == UsageOutcomes.Ok).DistinctBy(use => use.Ticket.AgreementId))
            {
                ProviderCounts.NoteUse(unit, use.Ticket.AgreementId, use.Ticket.Reserved == default ? UsageInterval.Start(use.Ticket.Interval) : use.Ticket.Reserved);
            }
        }

        private static bool IsPlain(UsageTicket ticket, Delivered delivered) =>
            ticket.Claim.IdempotencyKey is null && delivered.Outcome != UsageOutcomes.Cut;

        private void Count(UsageTicket ticket, int uses) => reserved[ticket.AgreementId] = reserved.GetValueOrDefault(ticket.AgreementId) + uses;

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
                if (named.Role == DataPlane.FlowRow.Provider)
                {
                    ProviderCounts.Add(unit, leaf.AgreementId, -1);
                }
            }
        }

        private void Settle(UsageTicket? opened, UsageTicket named, Delivered delivered)
        {
            if (opened is not null)
            {
                UsageTables.Open(unit, opened);
            }

            settlement.Settle(unit, named.Use, delivered);
        }
    }
}
