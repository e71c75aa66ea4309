using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// The consumer's count. A request is noted, in the journal or with a key in the tables, before it goes to the provider, under an id that the provider is told: whatever
/// happens then, to either process or between them, this connector can ask what became of it.
/// </summary>
internal sealed class SentUses(Database database, Interruptions interruptions, UseSettlement settlement, UsageMeter meter, UsedNumbers numbers, Ids ids)
{
    private readonly ConcurrentDictionary<string, bool> underWay = new();

    /// <summary>Notes a request that is about to be sent.</summary>
    public async Task<SentUse> BeginAsync(ConsumerFlow flow, UsageClaim claim)
    {
        var use = new SentUse(this, flow, claim with { Request = ids.Next() });
        underWay[use.Id] = true;
        if (use.IsJournaled)
        {
            use.SentIn = meter.PresentInterval;
            await meter.AppendAsync(new JournalEntry(JournalKind.Sent, use.Sent, default));
        }
        else
        {
            use.SentIn = await database.WriteAsync(unit => SentRow.Add(unit, use.Sent with { Interval = UsageInterval.At(unit.Now) }));
        }

        return use;
    }

    /// <summary>Whether this process is still waiting for the answer to the request.</summary>
    public bool IsUnderWay(string id) => underWay.ContainsKey(id);

    /// <summary>Whether a use of the agreement under this key is under way or not yet agreed on.</summary>
    public bool IsKeyBusy(string agreementId, string idempotencyKey) => database.Read(connection => connection.QuerySingle<long>(
        """
        SELECT (SELECT count(*) FROM usage_sent WHERE space_id = @Space AND agreement_id = @agreementId AND idempotency_key = @idempotencyKey)
             + (SELECT count(*) FROM usage_leaves
                WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND idempotency_key = @idempotencyKey AND state <> @Settled)
        """,
        new { numbers.Space, agreementId, Role = FlowRow.Consumer, idempotencyKey, LeafRow.Settled })) > 0;

    /// <summary>Takes the number that the provider gave the use; nobody else may have it.</summary>
    /// <param name="ticket">The use under that number.</param>
    /// <param name="sentIn">The interval in which the request was sent.</param>
    /// <exception cref="RefusalException">
    /// Conflict: the number was used before, belongs to an interval that is already recorded, or to one that is far from the request.
    /// </exception>
    public void Take(UsageTicket ticket, long sentIn) => numbers.Take(ticket, sentIn);

    /// <summary>Counts it, by what came back.</summary>
    public async Task CountAsync(SentUse use, UsageTicket ticket, Delivered delivered)
    {
        if (use.IsJournaled)
        {
            await meter.AppendAsync(new JournalEntry(JournalKind.Counted, ticket, delivered));
            return;
        }

        await database.WriteAsync(unit =>
        {
            meter.Apply(unit);
            numbers.Take(unit, ticket, use.SentIn);
            SentRow.Remove(unit, use.Id);
            UsageTables.Open(unit, ticket);
            settlement.Settle(unit, ticket.Use, delivered);
            unit.OnCommitted(meter.Signal.Set);
        });
    }

    /// <summary>The provider says that nothing was delivered, and counts nothing either.</summary>
    public async Task ForgetAsync(SentUse use)
    {
        if (use.IsJournaled)
        {
            await meter.AppendAsync(new JournalEntry(JournalKind.Forgotten, use.Sent, default));
            return;
        }

        await database.WriteAsync(unit =>
        {
            SentRow.Remove(unit, use.Id);
            unit.OnCommitted(meter.Signal.Set);
        });
    }

    /// <summary>The provider is asked what it knows.</summary>
    /// <param name="id">The request.</param>
    /// <param name="observed">What is known here (<see cref="SentRow.Observed"/>).</param>
    public Task AskAsync(string id, int observed) => database.WriteAsync(unit =>
    {
        meter.Apply(unit);
        if (observed != LeafRow.Unknown)
        {
            SentRow.Observe(unit, id, observed);
        }

        // One that is no longer among the sent ones was settled with the provider meanwhile.
        if (SentRow.Find(unit, id) is { } row)
        {
            interruptions.Ask(unit, row.Inquiry());
        }
    });

    /// <summary>This process has no more to do with the request.</summary>
    /// <param name="id">The request.</param>
    /// <param name="uncounted">The number that it has taken and does not count under; null for none.</param>
    public void End(string id, UsageTicket? uncounted)
    {
        underWay.TryRemove(id, out _);
        if (uncounted is not null)
        {
            numbers.GiveBack(uncounted);
        }
    }
}
