using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>The disputes in the database.</summary>
internal sealed class DisputeStore(Database database, AuthoritySettings settings)
{
    private const string Select =
        """
        SELECT id AS Id, agreement_id AS Agreement, interval_no AS Interval, flow AS Flow, provider AS Provider, consumer AS Consumer, reason AS Reason,
               state AS State, opened_at AS OpenedAt, provider_recount AS ProviderRecount, consumer_recount AS ConsumerRecount,
               take AS Take, resolved_by AS ResolvedBy, why AS Why, resolved_at AS ResolvedAt
        FROM disputes WHERE space_id = @Space
        """;

    public DisputeRow? Find(string id) => database.Read(connection =>
        connection.QuerySingleOrDefault<DisputeRow>(Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    public static DisputeRow? Find(UnitOfWork unit, string id) => unit.Find<DisputeRow>(Select + " AND id = @id", new { unit.Space, id });

    /// <summary>In the order in which they were opened; of a member: those that it is a party of.</summary>
    public List<DisputeRow> Page(DisputeFilter filter, string? member, string? after, int most) => database.Read(connection => connection.Query<DisputeRow>(
        Select
        + (filter.State is null ? "" : " AND state = @State")
        + (filter.Agreement is null ? "" : " AND agreement_id = @Agreement")
        + (member is null ? "" : " AND (provider = @member OR consumer = @member)")
        + " AND id > @After ORDER BY id LIMIT @most",
        new { Space = settings.Space.Id, filter.State, filter.Agreement, member, After = after ?? "", most }).AsList());

    public static void Open(UnitOfWork unit, DisputeRow row) => unit.Execute(
        """
        INSERT INTO disputes (space_id, id, agreement_id, interval_no, flow, provider, consumer, reason, state, opened_at)
        VALUES (@Space, @Id, @Agreement, @Interval, @Flow, @Provider, @Consumer, @Reason, @State, @OpenedAt)
        """,
        new { unit.Space, row.Id, row.Agreement, row.Interval, row.Flow, row.Provider, row.Consumer, row.Reason, row.State, row.OpenedAt });

    public static void SetReason(UnitOfWork unit, string id, string reason) =>
        unit.Execute("UPDATE disputes SET reason = @reason WHERE space_id = @Space AND id = @id", new { unit.Space, id, reason });

    public static void SetRecount(UnitOfWork unit, string id, string side, string recount) => unit.Execute(
        $"UPDATE disputes SET {(side == DisputeTakes.Provider ? "provider_recount" : "consumer_recount")} = @recount WHERE space_id = @Space AND id = @id",
        new { unit.Space, id, recount });

    public static void Close(UnitOfWork unit, string id, DisputeOutcome outcome) => unit.Execute(
        "UPDATE disputes SET state = @Resolved, take = @Take, resolved_by = @By, why = @Reason, resolved_at = @At WHERE space_id = @Space AND id = @id",
        new { unit.Space, id, DisputeRow.Resolved, outcome.Take, outcome.By, outcome.Reason, At = outcome.At.ToUnixTimeMilliseconds() });
}

/// <summary>Which disputes are asked for.</summary>
/// <param name="State"><c>open</c> or <c>resolved</c>; null: all.</param>
/// <param name="Agreement">Of that agreement; null: all.</param>
internal sealed record DisputeFilter(string? State, string? Agreement);
