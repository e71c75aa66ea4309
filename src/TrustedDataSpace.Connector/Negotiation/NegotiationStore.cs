using Dapper;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>The table <c>negotiations</c>.</summary>
internal sealed class NegotiationStore(Database database, ServiceSettings settings)
{
    private const string Select =
        """
        SELECT id AS Id, role AS Role, state AS State, counterparty AS Counterparty, counterparty_pid AS CounterpartyPid,
               counterparty_path AS CounterpartyPath, reasons AS Reasons, dataset_id AS DatasetId, asset_id AS AssetId,
               classification AS Classification, offer AS Offer, agreement AS Agreement
        FROM negotiations WHERE space_id = @Space
        """;

    public NegotiationRecord? Find(string id) => database.Read(connection => connection.QuerySingleOrDefault<NegotiationRecord>(
        Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    /// <summary>Newest first; one more than <paramref name="size"/> when there are more.</summary>
    public IReadOnlyList<NegotiationRecord> Page(string before, int size) => database.Read(connection => connection.Query<NegotiationRecord>(
        Select + " AND (@before = '' OR id < @before) ORDER BY id DESC LIMIT @Limit",
        new { Space = settings.Space.Id, before, Limit = size + 1 }).AsList());

    public static NegotiationRecord? Find(UnitOfWork unit, string id) =>
        unit.Find<NegotiationRecord>(Select + " AND id = @id", new { unit.Space, id });

    /// <summary>The negotiation that a consumer's request began.</summary>
    public static NegotiationRecord? FindRequested(UnitOfWork unit, string consumer, string consumerPid) => unit.Find<NegotiationRecord>(
        Select + " AND role = @Role AND counterparty = @consumer AND counterparty_pid = @consumerPid",
        new { unit.Space, Role = DspProcess.NameOf(DspRole.Provider), consumer, consumerPid });

    public static void Add(UnitOfWork unit, NegotiationRecord row) => unit.Execute(
        """
        INSERT INTO negotiations
            (space_id, id, role, state, counterparty, counterparty_pid, counterparty_path, reasons,
             dataset_id, asset_id, classification, offer, agreement)
        VALUES
            (@Space, @Id, @RoleName, @State, @Counterparty, @CounterpartyPid, @CounterpartyPath, @Reasons,
             @DatasetId, @AssetId, @Classification, @Offer, @Agreement)
        """,
        new
        {
            unit.Space,
            row.Id,
            row.RoleName,
            row.State,
            row.Counterparty,
            row.CounterpartyPid,
            row.CounterpartyPath,
            row.Reasons,
            row.DatasetId,
            row.AssetId,
            row.Classification,
            row.Offer,
            row.Agreement,
        });

    /// <exception cref="RefusalException">Conflict: the counterparty has given two negotiations the same process id.</exception>
    public static void Update(UnitOfWork unit, NegotiationRecord row)
    {
        var changed = unit.Execute(
            """
            UPDATE negotiations SET state = @State, counterparty_pid = @CounterpartyPid, reasons = @Reasons, agreement = @Agreement
            WHERE space_id = @Space AND id = @Id AND NOT EXISTS (
                SELECT 1 FROM negotiations AS other
                WHERE other.space_id = @Space AND other.role = @RoleName AND other.counterparty = @Counterparty
                    AND other.counterparty_pid = @CounterpartyPid AND other.id <> @Id)
            """,
            new { unit.Space, row.Id, row.RoleName, row.State, row.Counterparty, row.CounterpartyPid, row.Reasons, row.Agreement });
        if (changed == 0)
        {
            throw new RefusalException(RefusalCode.Conflict, "The counterparty uses this process id for another process.");
        }
    }
}
