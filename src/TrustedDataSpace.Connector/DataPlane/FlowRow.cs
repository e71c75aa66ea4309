using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>A row of the table <c>flows</c>, for both roles.</summary>
internal sealed class FlowRow
{
    public const string Provider = "PROVIDER";
    public const string Consumer = "CONSUMER";
    public const string Open = "open";

    public string Role { get; init; } = "";

    public string Flow { get; init; } = "";

    public string AgreementId { get; init; } = "";

    public string Counterparty { get; init; } = "";

    public string State { get; init; } = "";

    public string? Reason { get; init; }

    public string? Endpoint { get; init; }

    public string? Token { get; init; }

    public string? FlowKey { get; init; }

    public const string Select =
        """
        SELECT role AS Role, flow AS Flow, agreement_id AS AgreementId, counterparty AS Counterparty,
               state AS State, reason AS Reason, endpoint AS Endpoint, token AS Token, flow_key AS FlowKey
        FROM flows
        """;

    /// <summary>Opens the flow.</summary>
    public static void Put(UnitOfWork unit, FlowRow row) => unit.Execute(
        """
        INSERT INTO flows (space_id, role, flow, agreement_id, counterparty, state, reason, endpoint, token, flow_key)
        VALUES (@Space, @Role, @Flow, @AgreementId, @Counterparty, @State, NULL, @Endpoint, @Token, @FlowKey)
        ON CONFLICT (space_id, role, flow) DO UPDATE
        SET state = excluded.state, reason = NULL, endpoint = excluded.endpoint, token = excluded.token, flow_key = excluded.flow_key
        """,
        new { unit.Space, row.Role, row.Flow, row.AgreementId, row.Counterparty, State = Open, row.Endpoint, row.Token, row.FlowKey });

    public static FlowRow? Find(UnitOfWork unit, string role, string flow) =>
        unit.Find<FlowRow>(Select + " WHERE space_id = @Space AND role = @role AND flow = @flow", new { unit.Space, role, flow });

    /// <summary>A suspended flow keeps its token and its key: it may go on. Its intervals so far are over with this: either side may record them from now on.</summary>
    public static void Close(UnitOfWork unit, string role, string flow, FlowEnd end, string reason) => unit.Execute(
        $"""
        UPDATE flows SET state = @State, reason = @reason{(end == FlowEnd.Suspended ? "" : ", token = NULL, flow_key = NULL")},
               last_interval = CASE WHEN role = 'PROVIDER' THEN coalesce(
                   (SELECT max(interval_no) FROM (
                       SELECT max(l.interval_no) AS interval_no FROM usage_leaves l WHERE l.space_id = flows.space_id AND l.role = flows.role AND l.flow = flows.flow
                       UNION ALL SELECT max(p.interval_no) FROM usage_pages p WHERE p.space_id = flows.space_id AND p.role = flows.role AND p.flow = flows.flow) AS used), last_interval)
               ELSE 0 END
        WHERE space_id = @Space AND role = @role AND flow = @flow
        """,
        new { unit.Space, role, flow, reason, State = end.ToString() });
}
