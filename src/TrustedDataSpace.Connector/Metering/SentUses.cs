using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// The consumer's count. A request is noted durably before it goes to the provider, under an id that the provider is told: whatever
/// happens then, to either process or between them, this connector can ask what became of it.
/// </summary>
internal sealed class SentUses(Database database, Interruptions interruptions, UseSettlement settlement, UsageMeter meter, Ids ids, ConnectorSettings settings)
{
    // An hour: clocks differ by seconds, but a provider whose clock was set back goes on where its records end.
    private const long MostIntervalsApart = 60;

    private const string UsedSql =
        """
        SELECT (SELECT count(*) FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval)
             + (SELECT count(*) FROM usage_leaves WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval AND sequence_no = @Sequence)
        """;

    private readonly ConcurrentDictionary<string, bool> underWay = new();
    private readonly ConcurrentDictionary<(string Flow, long Interval, long Sequence), bool> numbers = new();

    /// <summary>Notes a request that is about to be sent.</summary>
    public async Task<SentUse> BeginAsync(ConsumerFlow flow, UsageClaim claim)
    {
        var use = new SentUse(this, flow, claim with { Request = ids.Next() });
        underWay[use.Id] = true;
        use.SentIn = await database.WriteAsync(unit => SentRow.Add(unit, flow, use.Claim));
        return use;
    }

    /// <summary>Whether this process is still waiting for the answer to the request.</summary>
    public bool IsUnderWay(string id) => underWay.ContainsKey(id);

    /// <summary>Whether a use of the agreement under this key is under way or not yet agreed on.</summary>
    public bool IsKeyBusy(string agreementId, string idempotencyKey) => database.Read(connection => connection.QuerySingle<long>(
        """
        SELECT (SELECT count(*) FROM usage_sent WHERE space_id = @Id AND agreement_id = @agreementId AND idempotency_key = @idempotencyKey)
             + (SELECT count(*) FROM usage_leaves
                WHERE space_id = @Id AND agreement_id = @agreementId AND role = @Role AND idempotency_key = @idempotencyKey AND state <> @Settled)
        """,
        new { settings.Space.Id, agreementId, Role = FlowRow.Consumer, idempotencyKey, LeafRow.Settled })) > 0;

    /// <summary>Takes the number that the provider gave the use; nobody else may have it.</summary>
    /// <param name="ticket">The use under that number.</param>
    /// <param name="sentIn">The interval in which the request was sent.</param>
    /// <exception cref="RefusalException">
    /// Conflict: the number was used before, belongs to an interval that is already recorded, or to one that is far from the request.
    /// </exception>
    public void Take(UsageTicket ticket, long sentIn)
    {
        RequireNear(ticket, sentIn);
        if (!numbers.TryAdd((ticket.Flow, ticket.Interval, ticket.Sequence), true))
        {
            throw Taken(ticket);
        }

        if (!database.Read(connection => connection.QuerySingle<long>(UsedSql, NumberOf(ticket, settings.Space.Id)) == 0))
        {
            GiveBack(ticket);
            throw Taken(ticket);
        }
    }

    /// <summary>Counts it, by what came back.</summary>
    public Task CountAsync(UsageTicket ticket, long sentIn, Delivered delivered) => database.WriteAsync(unit =>
    {
        Number(unit, ticket, sentIn);
        settlement.Settle(unit, ticket.Use, delivered);
        unit.OnCommitted(meter.Signal.Set);
    });

    /// <summary>The provider says that nothing was delivered, and counts nothing either.</summary>
    public Task ForgetAsync(string id) => database.WriteAsync(unit =>
    {
        SentRow.Remove(unit, id);
        unit.OnCommitted(meter.Signal.Set);
    });

    /// <summary>The provider is asked what it knows.</summary>
    /// <param name="id">The request.</param>
    /// <param name="nothingCame">Whether it is known that nothing came back.</param>
    public Task AskAsync(string id, bool nothingCame) => database.WriteAsync(unit =>
    {
        if (nothingCame)
        {
            SentRow.NothingCame(unit, id);
        }

        interruptions.Ask(unit, SentRow.Find(unit, id)!.Inquiry());
    });

    /// <summary>This process has no more to do with the request.</summary>
    public void End(string id, UsageTicket? ticket)
    {
        underWay.TryRemove(id, out _);
        if (ticket is not null)
        {
            GiveBack(ticket);
        }
    }

    /// <summary>A sent request becomes a leaf under the provider's number.</summary>
    /// <exception cref="RefusalException">Conflict, as <see cref="Take"/>.</exception>
    public static void Number(UnitOfWork unit, UsageTicket ticket, long sentIn)
    {
        RequireNear(ticket, sentIn);
        if (unit.Find<long>(UsedSql, NumberOf(ticket, unit.Space)) > 0)
        {
            throw Taken(ticket);
        }

        SentRow.Remove(unit, ticket.Claim.Request!);
        UsageTables.Open(unit, ticket);
    }

    private static object NumberOf(UsageTicket ticket, string space) => new { Space = space, ticket.Role, ticket.Flow, ticket.Interval, ticket.Sequence };

    // The interval is the provider's choice; it must not move the use into another statement.
    private static void RequireNear(UsageTicket ticket, long sentIn)
    {
        if (ticket.Sequence < 1 || ticket.Interval < sentIn - MostIntervalsApart || ticket.Interval > sentIn + MostIntervalsApart)
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

    private void GiveBack(UsageTicket ticket) => numbers.TryRemove((ticket.Flow, ticket.Interval, ticket.Sequence), out _);
}
