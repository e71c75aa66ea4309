using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Which numbers of the provider this consumer has taken: none counts twice, whatever a provider says. A bit for each number of the intervals
/// that answers may still belong to; an interval that is not in memory is read from the tables when it is first asked for.
/// </summary>
internal sealed class UsedNumbers(Database database, UsageJournal journal, ConnectorSettings settings)
{
    // An hour: clocks differ by seconds, but a provider whose clock was set back goes on where its records end.
    private const long MostIntervalsApart = 60;

    /// <summary>Two MiB of bits. No connector serves 280,000 requests a second of one flow.</summary>
    private const long MostInInterval = 1L << 24;

    private readonly ConcurrentDictionary<string, FlowNumbers> flows = new();

    /// <summary>The space.</summary>
    public string Space => settings.Space.Id;

    /// <summary>Takes the number that the provider gave a use; nobody else may have it.</summary>
    /// <param name="ticket">The use under that number.</param>
    /// <param name="sentIn">The interval in which the request was sent.</param>
    /// <exception cref="RefusalException">
    /// Conflict: the number was used before, belongs to an interval that is already recorded, or to one that is far from the request.
    /// </exception>
    public void Take(UsageTicket ticket, long sentIn)
    {
        RequireNear(ticket, sentIn);
        if (!Of(ticket.Flow).TryAdd(ticket.Interval, ticket.Sequence, Stored))
        {
            throw Taken(ticket);
        }
    }

    /// <summary>A number that was taken and will not count.</summary>
    public void GiveBack(UsageTicket ticket) => Of(ticket.Flow).Remove(ticket.Interval, ticket.Sequence);

    /// <summary>The same in a unit of work, which is to open the leaf: the tables have the last word. They must be up to date with the journal.</summary>
    /// <exception cref="RefusalException">Conflict, for the same reasons.</exception>
    public void Take(UnitOfWork unit, UsageTicket ticket, long sentIn)
    {
        RequireNear(ticket, sentIn);
        if (IsStored(unit, ticket))
        {
            throw Taken(ticket);
        }

        unit.OnCommitted(() => Of(ticket.Flow).TryAdd(ticket.Interval, ticket.Sequence, Stored));
    }

    private static bool IsStored(UnitOfWork unit, UsageTicket ticket) =>
        unit.Find<long>(
            """
            SELECT (SELECT count(*) FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval)
                 + (SELECT count(*) FROM usage_leaves WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval AND sequence_no = @Sequence)
            """,
            new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.Sequence }) > 0
        || LeafPages.Has(unit, ticket);

    private FlowNumbers Of(string flow) => flows.GetOrAdd(flow, name => new FlowNumbers(name));

    // The journal first: what moves from there into the tables meanwhile is seen in both.
    private Numbers Stored(string flow, long interval)
    {
        var numbers = new Numbers();
        foreach (var ticket in journal.Tickets(FlowRow.Consumer, flow, interval))
        {
            numbers.TryAdd(ticket.Sequence);
        }

        var interested = new { Space = settings.Space.Id, Role = FlowRow.Consumer, flow, interval };
        database.Read(connection =>
        {
            numbers.IsClosed = connection.QuerySingle<long>("SELECT count(*) FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @flow AND interval_no = @interval", interested) > 0;
            foreach (var sequence in connection.Query<long>("SELECT sequence_no FROM usage_leaves WHERE space_id = @Space AND role = @Role AND flow = @flow AND interval_no = @interval", interested)
                .Concat(LeafPages.InOrder(connection, settings.Space.Id, FlowRow.Consumer, flow, interval).Select(leaf => leaf.Sequence)))
            {
                numbers.TryAdd(sequence);
            }

            return numbers;
        });
        return numbers;
    }

    // The interval is the provider's choice; it must not move the use into another statement.
    private static void RequireNear(UsageTicket ticket, long sentIn)
    {
        if (ticket.Sequence is < 1 or > MostInInterval || ticket.Interval < sentIn - MostIntervalsApart || ticket.Interval > sentIn + MostIntervalsApart)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The provider numbered this use {ticket.Interval}/{ticket.Sequence}, but it was sent in interval {sentIn}.")
            {
                Term = "usage",
                Remedy = "compare the clocks of the two connectors",
            };
        }
    }

    private static RefusalException Taken(UsageTicket ticket) =>
        new(RefusalCode.Conflict, $"The provider numbered this use {ticket.Interval}/{ticket.Sequence}, which was counted before.") { Term = "usage" };

    /// <summary>The numbers of one flow. An interval that was forgotten is read again, so that forgetting is always safe.</summary>
    private sealed class FlowNumbers(string flow)
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<long, Numbers> intervals = [];

        public bool TryAdd(long interval, long sequence, Func<string, long, Numbers> stored)
        {
            lock (gate)
            {
                if (!intervals.TryGetValue(interval, out var numbers))
                {
                    intervals[interval] = numbers = stored(flow, interval);
                    while (intervals.Count > (2 * MostIntervalsApart) + 1)
                    {
                        intervals.Remove(intervals.First().Key);
                    }
                }

                return numbers.TryAdd(sequence);
            }
        }

        public void Remove(long interval, long sequence)
        {
            lock (gate)
            {
                if (intervals.TryGetValue(interval, out var numbers))
                {
                    numbers.Remove(sequence);
                }
            }
        }
    }

    private sealed class Numbers
    {
        private ulong[] bits = new ulong[1];

        /// <summary>The interval is recorded: no number of it is free.</summary>
        public bool IsClosed { get; set; }

        public bool TryAdd(long sequence)
        {
            var (word, bit) = Place(sequence);
            if (word >= bits.Length)
            {
                Array.Resize(ref bits, Math.Max(word + 1, bits.Length * 2));
            }

            var isFree = !IsClosed && (bits[word] & bit) == 0;
            bits[word] |= bit;
            return isFree;
        }

        public void Remove(long sequence)
        {
            var (word, bit) = Place(sequence);
            if (word < bits.Length)
            {
                bits[word] &= ~bit;
            }
        }

        private static (int Word, ulong Bit) Place(long sequence) => ((int)(sequence / 64), 1UL << (int)(sequence % 64));
    }
}
