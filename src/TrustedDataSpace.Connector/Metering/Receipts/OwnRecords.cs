using System.Text;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>The records that this side has made, signed with its present key: a stored signature may be of one that counts no more.</summary>
internal sealed class OwnRecords(Database database, ParticipantKey key, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>The record as JWS; null: it is not made yet.</summary>
    public string? Signed(ReceiptKey which) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT record FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval", Of(which))) is { } record
        ? ProtocolJson.Read<UsageRecord>(Encoding.UTF8.GetBytes(record)).Sign(key.Signing)
        : null;

    /// <summary>Keeps a record.</summary>
    public void Add(UnitOfWork unit, string role, UsageRecord record) => unit.Execute(
        """
        INSERT INTO usage_records (space_id, role, flow, interval_no, id, agreement_id, record, signature)
        VALUES (@Space, @role, @Flow, @Interval, @Id, @AgreementId, @Record, @Signature)
        """,
        new
        {
            unit.Space,
            role,
            record.Flow,
            record.Interval,
            record.Id,
            record.AgreementId,
            Record = JsonSerializer.Serialize(record, ProtocolJson.Options),
            Signature = record.Sign(key.Signing),
        });

    /// <summary>Whether the record is made.</summary>
    public bool Exists(ReceiptKey which) => database.Read(connection => connection.QuerySingle<long>(
        "SELECT count(*) FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval", Of(which))) > 0;

    /// <summary>Whether no further use can come into the interval here.</summary>
    public bool IsOver(ReceiptKey which) =>
        which.Interval < UsageInterval.At(clock.GetUtcNow()) - (which.Role == FlowRow.Provider ? 0 : 1)
        || database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM flows WHERE space_id = @Space AND role = @Role AND flow = @Flow AND state <> 'open'", Of(which))) > 0;

    private object Of(ReceiptKey which) => new { Space = settings.Space.Id, which.Role, which.Flow, which.Interval };
}
