using System.Runtime.InteropServices;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>The rows of uses: what one of them is in the tables at each step.</summary>
internal static class UsageTables
{
    /// <summary>Reads the sums of what an agreement's flows have used, for one role, as <see cref="UsageCounts"/>.</summary>
    public const string Totals =
        """
        SELECT purpose AS Purpose, outcome AS Outcome, request_count AS Requests, row_count AS Rows, byte_count AS Bytes,
               tokens_in AS TokensIn, tokens_cached AS TokensCached, tokens_out AS TokensOut, tokens_data AS TokensData
        FROM usage_totals WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role
        """;

    private const string OnTotal =
        """
         ON CONFLICT (space_id, agreement_id, role, purpose, outcome) DO UPDATE
        SET request_count = usage_totals.request_count + excluded.request_count,
            row_count = usage_totals.row_count + excluded.row_count,
            byte_count = usage_totals.byte_count + excluded.byte_count,
            tokens_in = usage_totals.tokens_in + excluded.tokens_in,
            tokens_cached = usage_totals.tokens_cached + excluded.tokens_cached,
            tokens_out = usage_totals.tokens_out + excluded.tokens_out,
            tokens_data = usage_totals.tokens_data + excluded.tokens_data
        """;

    /// <summary>Opens the leaf of a use.</summary>
    public static void Open(UnitOfWork unit, UsageTicket ticket)
    {
        Touch(unit, ticket, 1);
        Insert(unit, [new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.Sequence, ticket.AgreementId, ticket.Claim.Purpose, State = LeafRow.Open, Outcome = "", Rows = 0L, Bytes = 0L, ticket.Claim.IdempotencyKey, ticket.Claim.Digest, ticket.Claim.Request }]);
    }

    /// <summary>Uses that began and ended since the tables were last brought up to date, and are nothing out of the ordinary (<see cref="LeafPage.Fits"/>): at most as many as a page holds.</summary>
    public static void AddSettled(UnitOfWork unit, IReadOnlyList<(UsageTicket Ticket, Delivered Delivered)> uses)
    {
        foreach (var same in Runs(uses))
        {
            LeafPages.Add(unit, same);
            Touch(unit, same[0].Ticket, 0);
            AddTotals(unit, same);
        }
    }

    // Where one flow makes all the use, there is nothing to sort.
    private static IEnumerable<IReadOnlyList<(UsageTicket Ticket, Delivered Delivered)>> Runs(IReadOnlyList<(UsageTicket Ticket, Delivered Delivered)> uses)
    {
        if (uses.All(use => IsSame(use.Ticket, uses[0].Ticket)))
        {
            return [uses];
        }

        return uses.GroupBy(use => (use.Ticket.Role, use.Ticket.Flow, use.Ticket.Interval)).Select(same => same.ToList());
    }

    private static bool IsSame(UsageTicket one, UsageTicket other) => one.Interval == other.Interval && one.Flow == other.Flow && one.Role == other.Role;

    private static void AddTotals(UnitOfWork unit, IReadOnlyList<(UsageTicket Ticket, Delivered Delivered)> uses)
    {
        var ticket = uses[0].Ticket;
        var sums = new Dictionary<(string Purpose, string Outcome), (long Requests, long Rows, long Bytes)>();
        foreach (var (one, delivered) in uses)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, (one.Claim.Purpose, delivered.Outcome), out _);
            sum = checked((sum.Requests + 1, sum.Rows + delivered.Rows, sum.Bytes + delivered.Bytes));
        }

        foreach (var (key, sum) in sums)
        {
            unit.Execute(
                """
                INSERT INTO usage_totals (space_id, agreement_id, role, purpose, outcome, request_count, row_count, byte_count)
                VALUES (@Space, @AgreementId, @Role, @Purpose, @Outcome, @Requests, @Rows, @Bytes)
                """ + OnTotal,
                new { unit.Space, ticket.AgreementId, ticket.Role, key.Purpose, key.Outcome, sum.Requests, sum.Rows, sum.Bytes });
        }
    }

    /// <summary>Settles a leaf that is there.</summary>
    public static void Settle(UnitOfWork unit, UsageInquiry use, Delivered delivered)
    {
        var tokens = delivered.Tokens;
        var leaf = new
        {
            unit.Space,
            LeafRow.Settled,
            delivered.Outcome,
            delivered.Rows,
            delivered.Bytes,
            delivered.Digest,
            Tokens = tokens?.Canonical(),
            tokens?.In,
            tokens?.Cached,
            tokens?.Out,
            tokens?.Data,
            use.Role,
            use.Flow,
            use.Interval,
            use.Sequence,
        };
        unit.Execute("UPDATE usage_leaves SET state = @Settled, outcome = @Outcome, row_count = @Rows, byte_count = @Bytes, answer_digest = @Digest, tokens = @Tokens" + LeafRow.IsIt, leaf);
        unit.Execute(
            """
            INSERT INTO usage_totals (space_id, agreement_id, role, purpose, outcome, request_count, row_count, byte_count, tokens_in, tokens_cached, tokens_out, tokens_data)
            SELECT space_id, agreement_id, role, purpose, outcome, 1, row_count, byte_count, @In, @Cached, @Out, @Data FROM usage_leaves
            """ + LeafRow.IsIt + OnTotal,
            leaf);
        Unsettled(unit, use);
    }

    /// <summary>Takes a leaf away that is not settled.</summary>
    public static void Remove(UnitOfWork unit, UsageInquiry use)
    {
        unit.Execute("DELETE FROM usage_leaves" + LeafRow.IsIt, new { unit.Space, use.Role, use.Flow, use.Interval, use.Sequence });
        Unsettled(unit, use);
    }

    /// <summary>The leaf that has a row of its own, or null: settled ones may be in pages.</summary>
    public static LeafRow? Find(UnitOfWork unit, UsageInquiry use) =>
        unit.Find<LeafRow>(LeafRow.Select + LeafRow.IsIt, new { unit.Space, use.Role, use.Flow, use.Interval, use.Sequence });

    /// <summary>How far the journal has been taken over.</summary>
    /// <param name="unit">The unit of work.</param>
    public static JournalPosition Position(UnitOfWork unit) => unit.Find<PositionRow>(
        "SELECT generation AS Generation, byte_offset AS Offset FROM usage_journal WHERE space_id = @Space", new { unit.Space }) is { } row
        ? new JournalPosition(row.Generation, row.Offset)
        : default;

    public static void Keep(UnitOfWork unit, JournalPosition position) => unit.Execute(
        """
        INSERT INTO usage_journal (space_id, generation, byte_offset, boot) VALUES (@Space, @Generation, @Offset, @Present)
        ON CONFLICT (space_id) DO UPDATE SET generation = excluded.generation, byte_offset = excluded.byte_offset, boot = excluded.boot
        """,
        new { unit.Space, position.Generation, position.Offset, BootId.Present });

    /// <summary>Whether the journal was last taken over in another start of the machine.</summary>
    public static bool IsOfAnotherStart(UnitOfWork unit) => unit.Find<long>(
        "SELECT count(*) FROM usage_journal WHERE space_id = @Space AND boot <> '' AND boot <> @Present", new { unit.Space, BootId.Present }) > 0;

    /// <summary>After another start of the machine the last entries of the journal may be missing: what was leased counts as used.</summary>
    public static void TakeLeases(UnitOfWork unit)
    {
        BalanceTable.Doubt(unit);
        TakeLeasesOfTotals(unit);
    }

    private static void TakeLeasesOfTotals(UnitOfWork unit) => unit.Execute(
        """
        UPDATE quotas SET used = (
            SELECT l.leased FROM quota_leases l WHERE l.space_id = quotas.space_id AND l.agreement_id = quotas.agreement_id AND l.counter = @Total)
        WHERE space_id = @Space AND EXISTS (
            SELECT 1 FROM quota_leases l
            WHERE l.space_id = quotas.space_id AND l.agreement_id = quotas.agreement_id AND l.counter = @Total AND l.leased > quotas.used)
        """,
        new { unit.Space, AgreementCount.Total });

    private static void Insert(UnitOfWork unit, IEnumerable<object> leaves) => unit.Execute(
        """
        INSERT INTO usage_leaves (space_id, role, flow, interval_no, sequence_no, agreement_id, purpose, state, outcome, row_count, byte_count, idempotency_key, request_digest, request_id)
        VALUES (@Space, @Role, @Flow, @Interval, @Sequence, @AgreementId, @Purpose, @State, @Outcome, @Rows, @Bytes, @IdempotencyKey, @Digest, @Request)
        """,
        leaves);

    private static void Touch(UnitOfWork unit, UsageTicket ticket, int opened) => unit.Execute(
        """
        INSERT INTO usage_intervals (space_id, role, flow, interval_no, agreement_id, unsettled) VALUES (@Space, @Role, @Flow, @Interval, @AgreementId, @opened)
        ON CONFLICT (space_id, role, flow, interval_no) DO UPDATE SET unsettled = usage_intervals.unsettled + excluded.unsettled, changes = usage_intervals.changes + 1
        """,
        new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.AgreementId, opened });

    private static void Unsettled(UnitOfWork unit, UsageInquiry use) => unit.Execute(
        "UPDATE usage_intervals SET unsettled = unsettled - 1, changes = changes + 1 WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval",
        new { unit.Space, use.Role, use.Flow, use.Interval });

    private sealed class PositionRow
    {
        public long Generation { get; init; }

        public long Offset { get; init; }
    }
}
