using Dapper;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>The table <c>negotiations</c>.</summary>
internal sealed class NegotiationStore(Database database, ServiceSettings settings) : IRevisions
{
    private const string Select =
        """
        SELECT id AS Id, role AS Role, state AS State, counterparty AS Counterparty, counterparty_pid AS CounterpartyPid,
               counterparty_path AS CounterpartyPath, reasons AS Reasons, dataset_id AS DatasetId, asset_id AS AssetId,
               classification AS Classification, offer AS Offer, agreement AS Agreement, mode AS Mode, own_terms AS OwnTerms, round AS Round,
               code AS Code, transfer_mode AS TransferMode, finite AS Finite, allow_bearer AS AllowBearer, formats AS Formats, provider_signature AS ProviderSignature,
               consumer_signature AS ConsumerSignature, revision AS Revision
        FROM negotiations WHERE space_id = @Space
        """;

    public NegotiationRecord? Find(string id) => database.Read(connection => connection.QuerySingleOrDefault<NegotiationRecord>(
        Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    /// <summary>Where it stands; null: there is none.</summary>
    public NegotiationStanding? StandingOf(string id) => database.Read(connection => connection.QuerySingleOrDefault<NegotiationStanding>(
        "SELECT role AS Role, state AS State, mode AS Mode FROM negotiations WHERE space_id = @Space AND id = @id", new { Space = settings.Space.Id, id }));

    public long? RevisionOf(string id) => database.Read(connection => connection.QuerySingleOrDefault<long?>(
        "SELECT revision FROM negotiations WHERE space_id = @Space AND id = @id", new { Space = settings.Space.Id, id }));

    public long? RevisionOf(UnitOfWork unit, string id) => unit.Find<long?>(
        "SELECT revision FROM negotiations WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>Newest first; one more than <paramref name="size"/> when there are more.</summary>
    public IReadOnlyList<NegotiationRecord> Page(NegotiationFilter filter, string before, int size) => database.Read(connection => connection.Query<NegotiationRecord>(
        Select + filter.Sql + (before.Length == 0 ? "" : " AND id < @before") + " ORDER BY id DESC LIMIT @Limit",
        new { Space = settings.Space.Id, before, Limit = size + 1, filter.State, filter.Role, filter.Counterparty, filter.Dataset }).AsList());

    public static NegotiationRecord? Find(UnitOfWork unit, string id) =>
        unit.Find<NegotiationRecord>(Select + " AND id = @id", new { unit.Space, id });

    /// <summary>The negotiation that the counterparty's first message began.</summary>
    /// <param name="unit">Of the command.</param>
    /// <param name="role">This connector's role in it.</param>
    /// <param name="counterparty">The counterparty's DID.</param>
    /// <param name="pid">Its process id.</param>
    public static NegotiationRecord? FindBegun(UnitOfWork unit, DspRole role, string counterparty, string pid) => unit.Find<NegotiationRecord>(
        Select + " AND role = @Role AND counterparty = @counterparty AND counterparty_pid = @pid",
        new { unit.Space, Role = DspProcess.NameOf(role), counterparty, pid });

    /// <summary>How many offers of the provider wait here that nobody has asked for; counted no further than <paramref name="most"/>.</summary>
    public static long CountUnanswered(UnitOfWork unit, string provider, int most) => unit.Find<long>(
        """
        SELECT count(*) FROM (
            SELECT 1 FROM negotiations WHERE space_id = @Space AND state = @State AND role = @Role AND counterparty = @provider LIMIT @most) AS waiting
        """,
        new { unit.Space, State = NegotiationStates.Offered, Role = DspProcess.NameOf(DspRole.Consumer), provider, most });

    public static void Add(UnitOfWork unit, NegotiationRecord row) => unit.Execute(
        """
        INSERT INTO negotiations
            (space_id, id, role, state, counterparty, counterparty_pid, counterparty_path, reasons,
             dataset_id, asset_id, classification, offer, agreement, mode, own_terms, round, transfer_mode, finite, allow_bearer, formats)
        VALUES
            (@Space, @Id, @RoleName, @State, @Counterparty, @CounterpartyPid, @CounterpartyPath, @Reasons,
             @DatasetId, @AssetId, @Classification, @Offer, @Agreement, @Mode, @OwnTerms, @Round, @TransferMode, @Finite, @AllowBearer, @Formats)
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
            row.Mode,
            row.OwnTerms,
            row.Round,
            row.TransferMode,
            row.Finite,
            row.AllowBearer,
            row.Formats,
        });

    /// <exception cref="RefusalException">Conflict: the counterparty has given two negotiations the same process id.</exception>
    public static void Update(UnitOfWork unit, NegotiationRecord row)
    {
        var changed = unit.Execute(
            """
            UPDATE negotiations SET revision = revision + 1, state = @State, counterparty_pid = @CounterpartyPid, reasons = @Reasons, code = @Code, offer = @Offer,
                agreement = @Agreement, own_terms = @OwnTerms, round = @Round, provider_signature = @ProviderSignature,
                consumer_signature = @ConsumerSignature
            WHERE space_id = @Space AND id = @Id AND NOT EXISTS (
                SELECT 1 FROM negotiations AS other
                WHERE other.space_id = @Space AND other.role = @RoleName AND other.counterparty = @Counterparty
                    AND other.counterparty_pid = @CounterpartyPid AND other.id <> @Id)
            """,
            new
            {
                unit.Space,
                row.Id,
                row.RoleName,
                row.State,
                row.Counterparty,
                row.CounterpartyPid,
                row.Reasons,
                row.Code,
                row.Offer,
                row.Agreement,
                row.OwnTerms,
                row.Round,
                row.ProviderSignature,
                row.ConsumerSignature,
            });
        if (changed == 0)
        {
            throw new RefusalException(RefusalCode.Conflict, "The counterparty uses this process id for another process.");
        }
    }
}
