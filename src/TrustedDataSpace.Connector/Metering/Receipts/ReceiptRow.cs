using System.Text;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>Which record: also the body of the jobs about it.</summary>
internal sealed record ReceiptKey(string Role, string Flow, long Interval)
{
    public string ToBody() => Encoding.UTF8.GetString(ProtocolJson.Write(this));

    public override string ToString() => $"{Flow}/{Interval}";

    public static ReceiptKey Read(string body) => ProtocolJson.Read<ReceiptKey>(Encoding.UTF8.GetBytes(body));
}

/// <summary>A row of <c>usage_receipts</c>, and the record of this side, if it has made it.</summary>
internal sealed class ReceiptRow
{
    public const string Waiting = "waiting";
    public const string Claimed = "claimed";
    public const string Overdue = "overdue";
    public const string Equal = "equal";
    public const string Different = "different";

    public const string Select =
        """
        SELECT r.role AS Role, r.flow AS Flow, r.interval_no AS Interval, r.agreement_id AS Agreement, r.state AS State, r.peer_record AS PeerRecord, u.record AS OwnRecord
        FROM usage_receipts r
        LEFT JOIN usage_records u ON u.space_id = r.space_id AND u.role = r.role AND u.flow = r.flow AND u.interval_no = r.interval_no
        WHERE r.space_id = @Space
        """;

    public const string IsIt = " AND r.role = @Role AND r.flow = @Flow AND r.interval_no = @Interval";

    public string Role { get; init; } = "";

    public string Flow { get; init; } = "";

    public long Interval { get; init; }

    public string Agreement { get; init; } = "";

    public string State { get; init; } = "";

    /// <summary>JWS, verified when it came.</summary>
    public string? PeerRecord { get; init; }

    /// <summary>JSON.</summary>
    public string? OwnRecord { get; init; }

    public ReceiptKey Key => new(Role, Flow, Interval);

    public UsageRecord? Own() => OwnRecord is null ? null : ProtocolJson.Read<UsageRecord>(Encoding.UTF8.GetBytes(OwnRecord));

    public static ReceiptRow? Find(UnitOfWork unit, ReceiptKey key) => unit.Find<ReceiptRow>(Select + IsIt, new { unit.Space, key.Role, key.Flow, key.Interval });

    /// <summary>The authority has not taken it: it is shown again then.</summary>
    public static void SubmitAt(UnitOfWork unit, ReceiptKey key, DateTimeOffset? time) => unit.Execute(
        "UPDATE usage_receipts SET submit_at = @At WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval",
        new { unit.Space, key.Role, key.Flow, key.Interval, At = time?.ToUnixTimeMilliseconds() });

    public static void Put(UnitOfWork unit, ReceiptKey key, string agreement, string state, string? peerRecord = null, DateTimeOffset? due = null) => unit.Execute(
        """
        INSERT INTO usage_receipts (space_id, role, flow, interval_no, agreement_id, state, peer_record, due_at)
        VALUES (@Space, @Role, @Flow, @Interval, @agreement, @state, @peerRecord, @Due)
        ON CONFLICT (space_id, role, flow, interval_no) DO UPDATE
        SET state = excluded.state, peer_record = coalesce(excluded.peer_record, usage_receipts.peer_record), due_at = coalesce(excluded.due_at, usage_receipts.due_at)
        """,
        new { unit.Space, key.Role, key.Flow, key.Interval, agreement, state, peerRecord, Due = due?.ToUnixTimeMilliseconds() });
}
