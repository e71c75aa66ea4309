using Dapper;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>The table <c>transfers</c>.</summary>
internal sealed class TransferStore(Database database, ServiceSettings settings) : IRevisions
{
    private const string Select =
        """
        SELECT id AS Id, role AS Role, state AS State, counterparty AS Counterparty, counterparty_pid AS CounterpartyPid,
               counterparty_path AS CounterpartyPath, reasons AS Reasons, agreement_id AS AgreementId, format AS Format,
               code AS Code, suspended_by AS SuspendedBy, manual AS Manual, certificate AS Certificate, revision AS Revision
        FROM transfers WHERE space_id = @Space
        """;

    public TransferRecord? Find(string id) => database.Read(connection => connection.QuerySingleOrDefault<TransferRecord>(
        Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    public long? RevisionOf(string id) => database.Read(connection => connection.QuerySingleOrDefault<long?>(
        "SELECT revision FROM transfers WHERE space_id = @Space AND id = @id", new { Space = settings.Space.Id, id }));

    public long? RevisionOf(UnitOfWork unit, string id) => unit.Find<long?>(
        "SELECT revision FROM transfers WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>Newest first; one more than <paramref name="size"/> when there are more.</summary>
    public IReadOnlyList<TransferRecord> Page(TransferFilter filter, string before, int size) => database.Read(connection => connection.Query<TransferRecord>(
        Select + filter.Sql + (before.Length == 0 ? "" : " AND id < @before") + " ORDER BY id DESC LIMIT @Limit",
        new { Space = settings.Space.Id, before, Limit = size + 1, filter.State, filter.Role, filter.Agreement, filter.Counterparty }).AsList());

    public static TransferRecord? Find(UnitOfWork unit, string id) =>
        unit.Find<TransferRecord>(Select + " AND id = @id", new { unit.Space, id });

    /// <summary>The transfers of an agreement that have not ended.</summary>
    public static IReadOnlyList<TransferRecord> OpenUnder(UnitOfWork unit, string agreement) =>
        [.. unit.Query<TransferRecord>(Select + " AND agreement_id = @agreement ORDER BY id", new { unit.Space, agreement }).Where(transfer => !TransferStates.IsFinal(transfer.State))];

    /// <summary>The transfer that a consumer's request began.</summary>
    public static TransferRecord? FindRequested(UnitOfWork unit, string consumer, string consumerPid) => unit.Find<TransferRecord>(
        Select + " AND role = @Role AND counterparty = @consumer AND counterparty_pid = @consumerPid",
        new { unit.Space, Role = DspProcess.NameOf(DspRole.Provider), consumer, consumerPid });

    /// <summary>Whether a provider other than the transfer's uses the same process id: its flow must not be mistaken for that one.</summary>
    public static bool IsFlowOfAnother(UnitOfWork unit, TransferRecord transfer) => unit.Find<string>(
        "SELECT min(id) FROM transfers WHERE space_id = @Space AND role = @RoleName AND counterparty <> @Counterparty AND counterparty_pid = @CounterpartyPid",
        new { unit.Space, transfer.RoleName, transfer.Counterparty, transfer.CounterpartyPid }) is not null;

    public static void Add(UnitOfWork unit, TransferRecord row) => unit.Execute(
        """
        INSERT INTO transfers
            (space_id, id, role, state, counterparty, counterparty_pid, counterparty_path, reasons, agreement_id, format, code, suspended_by, manual, certificate)
        VALUES
            (@Space, @Id, @RoleName, @State, @Counterparty, @CounterpartyPid, @CounterpartyPath, @Reasons, @AgreementId, @Format, @Code, @SuspendedBy, @Manual, @Certificate)
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
            row.AgreementId,
            row.Format,
            row.Code,
            row.SuspendedBy,
            row.Manual,
            row.Certificate,
        });

    /// <exception cref="RefusalException">Conflict: the counterparty has given two transfers the same process id.</exception>
    public static void Update(UnitOfWork unit, TransferRecord row)
    {
        var changed = unit.Execute(
            """
            UPDATE transfers SET revision = revision + 1, state = @State, counterparty_pid = @CounterpartyPid, reasons = @Reasons, code = @Code, suspended_by = @SuspendedBy
            WHERE space_id = @Space AND id = @Id AND NOT EXISTS (
                SELECT 1 FROM transfers AS other
                WHERE other.space_id = @Space AND other.role = @RoleName AND other.counterparty = @Counterparty
                    AND other.counterparty_pid = @CounterpartyPid AND other.id <> @Id)
            """,
            new { unit.Space, row.Id, row.RoleName, row.State, row.Counterparty, row.CounterpartyPid, row.Reasons, row.Code, row.SuspendedBy });
        if (changed == 0)
        {
            throw new RefusalException(RefusalCode.Conflict, "The counterparty uses this process id for another process.");
        }
    }
}
