using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Counts use. A request is reserved durably before it may flow and settled durably before its answer ends, so neither a crash
/// nor any concurrency can use more than the contract allows.
/// </summary>
internal sealed class UsageMeter(Database database, Interruptions interruptions, ConnectorSettings settings)
{
    /// <summary>Most different purposes under one agreement.</summary>
    public const int MostPurposes = 32;

    private readonly ConcurrentQueue<Action<UnitOfWork>> unsaved = new();

    /// <summary>Set when an interval may have become ready to close.</summary>
    public Signal Signal { get; } = new();

    /// <summary>Provider: takes one use of the agreement and the next number of the flow's present interval.</summary>
    /// <exception cref="RefusalException">Forbidden: the flow was closed in the meantime; Conflict: the idempotency key is in use.</exception>
    public Task<UsageTicket> ReserveAsync(ProviderFlow flow, UsageClaim claim) => database.WriteAsync(unit =>
    {
        // In the same unit of work as the reservation: a flow that ends now gets no further leaf behind its last record.
        var state = unit.Find<string>(
            "SELECT state FROM flows WHERE space_id = @Space AND role = @Role AND flow = @Id",
            new { unit.Space, Role = FlowRow.Provider, flow.Id });
        if (state != FlowRow.Open)
        {
            throw new RefusalException(RefusalCode.Forbidden, "The transfer has just ended.") { Term = "transfer" };
        }

        Retries.RequireFreeKey(unit, flow.AgreementId, claim, UsageInterval.At(unit.Now));
        RequireFewPurposes(unit, flow.AgreementId, claim.Purpose);
        var used = unit.Find<long>(
            """
            INSERT INTO quotas (space_id, agreement_id, used) VALUES (@Space, @AgreementId, 1)
            ON CONFLICT (space_id, agreement_id) DO UPDATE SET used = quotas.used + 1
            RETURNING used
            """,
            new { unit.Space, flow.AgreementId });
        var interval = PresentInterval(unit, flow.Id);
        var sequence = unit.Find<long>(
            """
            SELECT coalesce(max(sequence_no), 0) + 1 FROM usage_leaves
            WHERE space_id = @Space AND role = @Role AND flow = @Id AND interval_no = @interval
            """,
            new { unit.Space, Role = FlowRow.Provider, flow.Id, interval });
        return Insert(unit, new UsageTicket(FlowRow.Provider, flow.Id, interval, sequence, flow.AgreementId, claim, used));
    });

    /// <summary>Provider: waits until both connectors agree on what became of the uses under the key, woken by that itself.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="key">Idempotency key of the uses.</param>
    /// <param name="longest">Longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    public Task<bool> AgreedOnAsync(ProviderFlow flow, string key, TimeSpan longest, CancellationToken cancellation) => database.WaitUntilAsync(
        Interruptions.ChangeOf(flow.Id),
        () => database.Read(connection => connection.QuerySingle<long>(
            """
            SELECT count(*) FROM usage_leaves
            WHERE space_id = @Space AND agreement_id = @AgreementId AND role = @Role AND idempotency_key = @key AND state <> 'settled'
            """,
            new { Space = settings.Space.Id, flow.AgreementId, Role = FlowRow.Provider, key })) == 0,
        longest,
        cancellation);

    /// <summary>Nothing was delivered: the use is given back.</summary>
    public Task ReleaseAsync(UsageTicket ticket) => EndAsync(ticket, unit =>
    {
        Remove(unit, ticket.Use, ticket.AgreementId);
        unit.OnCommitted(Signal.Set);
    });

    /// <summary>
    /// Counts what was delivered. A retry (<see cref="RetryRule"/>) counts as one, and its use is given back; of one that was cut, the
    /// other connector is asked first what it knows.
    /// </summary>
    public Task SettleAsync(UsageTicket ticket, Delivered delivered) => EndAsync(ticket, unit => Settle(unit, ticket, delivered));

    /// <summary>The same, with what follows from it in the same unit of work.</summary>
    public Task SettleAsync(UsageTicket ticket, Delivered delivered, Action<UnitOfWork> then) => EndAsync(ticket, unit =>
    {
        Settle(unit, ticket, delivered);
        then(unit);
    });

    /// <summary>Ends the uses whose end could not be stored when it came (a full disk). Throws while it still cannot.</summary>
    public async Task EndUnsavedAsync()
    {
        for (var waiting = unsaved.Count; waiting > 0 && unsaved.TryDequeue(out var end); waiting--)
        {
            try
            {
                await database.WriteAsync(end);
            }
            catch
            {
                unsaved.Enqueue(end);
                throw;
            }
        }
    }

    /// <summary>The same, inside a unit of work.</summary>
    public void Settle(UnitOfWork unit, UsageTicket ticket, Delivered delivered)
    {
        if (delivered.Outcome == UsageOutcomes.Cut)
        {
            interruptions.Mark(unit, ticket.Use, delivered);
        }
        else if (delivered.Outcome == UsageOutcomes.Ok && Retries.IsRetry(unit, ticket, delivered.Digest))
        {
            Settle(unit, ticket.Use, UsageOutcomes.Retry, delivered.Rows, delivered.Bytes, delivered.Digest);
            GiveBack(unit, ticket.Role, ticket.AgreementId);
        }
        else
        {
            Settle(unit, ticket.Use, delivered.Outcome, delivered.Rows, delivered.Bytes, delivered.Digest);
        }

        unit.OnCommitted(Signal.Set);
    }

    /// <summary>After a kill: what was under way is asked about. Its use of the quota stays until then, because data may have left.</summary>
    public Task<int> InterruptOpenAsync() => database.WriteAsync(interruptions.MarkAllOpen);

    /// <summary>Sums of what an agreement's flows have used so far, by this connector's own count.</summary>
    public IReadOnlyList<UsageCounts> Counts(string agreementId) => database.Read(connection => connection.Query<UsageCounts>(
        """
        SELECT purpose AS Purpose, outcome AS Outcome, request_count AS Requests, row_count AS Rows, byte_count AS Bytes
        FROM usage_totals WHERE space_id = @Id AND agreement_id = @agreementId ORDER BY purpose, outcome
        """,
        new { settings.Space.Id, agreementId }).AsList());

    /// <summary>Whether no request of the agreement is under way and every ended flow of it has all its records.</summary>
    public bool IsAtRest(string agreementId) => database.Read(connection => connection.QuerySingle<long>(
        """
        SELECT (SELECT count(*) FROM usage_sent WHERE space_id = @Id AND agreement_id = @agreementId)
             + (SELECT count(*) FROM usage_intervals i
                JOIN flows f ON f.space_id = i.space_id AND f.role = i.role AND f.flow = i.flow
                WHERE i.space_id = @Id AND i.agreement_id = @agreementId AND (i.unsettled > 0 OR f.state <> 'open'))
        """,
        new { settings.Space.Id, agreementId })) == 0;

    // The caller sees the failure and breaks the answer off; the use must not stay open, and its interval unrecorded, for that.
    private async Task EndAsync(UsageTicket ticket, Action<UnitOfWork> end)
    {
        try
        {
            await database.WriteAsync(end);
        }
        catch
        {
            // A commit that was reported lost may be there after all: a use ends once.
            unsaved.Enqueue(unit =>
            {
                if (unit.Find<string>("SELECT state FROM usage_leaves" + LeafRow.IsIt, new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.Sequence }) == LeafRow.Open)
                {
                    end(unit);
                }
            });
            Signal.Set();
            throw;
        }
    }

    /// <summary>Opens the leaf of a use.</summary>
    public static UsageTicket Insert(UnitOfWork unit, UsageTicket ticket)
    {
        unit.Execute(
            """
            INSERT INTO usage_intervals (space_id, role, flow, interval_no, agreement_id, unsettled) VALUES (@Space, @Role, @Flow, @Interval, @AgreementId, 1)
            ON CONFLICT (space_id, role, flow, interval_no) DO UPDATE SET unsettled = usage_intervals.unsettled + 1
            """,
            new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.AgreementId });
        unit.Execute(
            """
            INSERT INTO usage_leaves (space_id, role, flow, interval_no, sequence_no, agreement_id, purpose, state, outcome, idempotency_key, request_digest, request_id)
            VALUES (@Space, @Role, @Flow, @Interval, @Sequence, @AgreementId, @Purpose, 'open', '', @IdempotencyKey, @Digest, @Request)
            """,
            new
            {
                unit.Space,
                ticket.Role,
                ticket.Flow,
                ticket.Interval,
                ticket.Sequence,
                ticket.AgreementId,
                ticket.Claim.Purpose,
                ticket.Claim.IdempotencyKey,
                ticket.Claim.Digest,
                ticket.Claim.Request,
            });
        return ticket;
    }

    internal static void Settle(UnitOfWork unit, UsageInquiry use, string outcome, long rows, long bytes, string? digest)
    {
        var leaf = new { unit.Space, LeafRow.Settled, outcome, rows, bytes, digest, use.Role, use.Flow, use.Interval, use.Sequence };
        unit.Execute("UPDATE usage_leaves SET state = @Settled, outcome = @outcome, row_count = @rows, byte_count = @bytes, answer_digest = @digest" + LeafRow.IsIt, leaf);
        unit.Execute(
            """
            INSERT INTO usage_totals (space_id, agreement_id, role, purpose, outcome, request_count, row_count, byte_count)
            SELECT space_id, agreement_id, role, purpose, outcome, 1, row_count, byte_count FROM usage_leaves
            """ + LeafRow.IsIt +
            """
             ON CONFLICT (space_id, agreement_id, role, purpose, outcome) DO UPDATE
            SET request_count = usage_totals.request_count + 1,
                row_count = usage_totals.row_count + excluded.row_count,
                byte_count = usage_totals.byte_count + excluded.byte_count
            """,
            leaf);
        Unsettled(unit, use);
    }

    internal static void Remove(UnitOfWork unit, UsageInquiry use, string agreementId)
    {
        unit.Execute("DELETE FROM usage_leaves" + LeafRow.IsIt, new { unit.Space, use.Role, use.Flow, use.Interval, use.Sequence });
        Unsettled(unit, use);
        GiveBack(unit, use.Role, agreementId);
    }

    private static void Unsettled(UnitOfWork unit, UsageInquiry use) => unit.Execute(
        "UPDATE usage_intervals SET unsettled = unsettled - 1 WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval",
        new { unit.Space, use.Role, use.Flow, use.Interval });

    // Only the provider holds the quota.
    private static void GiveBack(UnitOfWork unit, string role, string agreementId)
    {
        if (role == FlowRow.Provider)
        {
            unit.Execute("UPDATE quotas SET used = used - 1 WHERE space_id = @Space AND agreement_id = @agreementId", new { unit.Space, agreementId });
        }
    }

    // A record lists every purpose of its interval and is signed as one token: without a bound it could grow past what can be sent.
    private static void RequireFewPurposes(UnitOfWork unit, string agreementId, string purpose)
    {
        var others = unit.Find<long>(
            "SELECT count(DISTINCT purpose) FROM usage_totals WHERE space_id = @Space AND agreement_id = @agreementId AND purpose <> @purpose",
            new { unit.Space, agreementId, purpose });
        if (others >= MostPurposes)
        {
            throw new RefusalException(RefusalCode.Malformed, $"This agreement has been used for {MostPurposes} different purposes already.") { Where = DataHeaders.Purpose, Remedy = "declare one of those" };
        }
    }

    // Never an interval that is already recorded, even if the clock was set back; nor one from before a suspension: the consumer, which
    // may have settled its uses sooner, has recorded it and would refuse every further number of it.
    private static long PresentInterval(UnitOfWork unit, string flow)
    {
        var over = unit.Find<long>(
            """
            SELECT coalesce(max(interval_no), 0) FROM (
                SELECT interval_no FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @flow
                UNION ALL SELECT last_interval FROM flows WHERE space_id = @Space AND role = @Role AND flow = @flow) AS over_intervals
            """,
            new { unit.Space, Role = FlowRow.Provider, flow });
        return Math.Max(over + 1, UsageInterval.At(unit.Now));
    }
}
