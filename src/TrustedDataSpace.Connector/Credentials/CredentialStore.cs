using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Credentials;

internal static class CredentialStore
{
    private const string Held =
        """
        SELECT id AS Id, request_id AS RequestId, issuer AS Issuer, credential_id AS CredentialId, types AS Types, profile AS Profile,
               valid_until AS ValidUntil, received_at AS ReceivedAt, sealed AS Sealed
        FROM held_credentials WHERE space_id = @space
        """;

    private const string Requests =
        """
        SELECT holder_pid AS HolderPid, issuer AS Issuer, credentials AS Credentials, sealed_code AS SealedCode, state AS State, issuer_pid AS IssuerPid,
               reason AS Reason, requested_at AS RequestedAt, changed_at AS ChangedAt
        FROM credential_requests WHERE space_id = @space
        """;

    private const string Offers = "SELECT issuer AS Issuer, credentials AS Credentials, received_at AS ReceivedAt FROM credential_offers WHERE space_id = @space";

    /// <summary>Those that have not ended, newest last.</summary>
    public static List<HeldRow> Valid(SqliteConnection connection, string space, DateTimeOffset now) => connection.Query<HeldRow>(
        Held + " AND (valid_until IS NULL OR valid_until > @Now) ORDER BY id", new { space, Now = now.ToUnixTimeMilliseconds() }).AsList();

    public static List<HeldRow> PageOfHeld(SqliteConnection connection, string space, string after, int limit) => connection.Query<HeldRow>(
        Held + " AND id > @after ORDER BY id LIMIT @limit", new { space, after, limit }).AsList();

    /// <summary>Stores what one message has brought, in the place of all that the same request has brought before of the same types and profiles.</summary>
    public static void Put(UnitOfWork unit, IReadOnlyCollection<HeldRow> rows)
    {
        foreach (var kind in rows.DistinctBy(row => (row.RequestId, row.Types, row.Profile)))
        {
            unit.Execute(
                "DELETE FROM held_credentials WHERE space_id = @Space AND request_id = @RequestId AND types = @Types AND profile = @Profile",
                new { unit.Space, kind.RequestId, kind.Types, kind.Profile });
        }

        // Twice in one message, it is one all the same.
        foreach (var row in rows.DistinctBy(row => (row.CredentialId ?? row.Id, row.Types, row.Profile)))
        {
            Insert(unit, row);
        }
    }

    private static void Insert(UnitOfWork unit, HeldRow row) => unit.Execute(
        """
        INSERT INTO held_credentials (space_id, id, request_id, issuer, credential_id, types, profile, valid_until, received_at, sealed)
        VALUES (@Space, @Id, @RequestId, @Issuer, @CredentialId, @Types, @Profile, @ValidUntil, @ReceivedAt, @Sealed)
        """,
        new { unit.Space, row.Id, row.RequestId, row.Issuer, row.CredentialId, row.Types, row.Profile, row.ValidUntil, row.ReceivedAt, row.Sealed });

    public static long CountHeld(UnitOfWork unit) => unit.Find<long>("SELECT count(*) FROM held_credentials WHERE space_id = @Space", new { unit.Space });

    public static bool Delete(UnitOfWork unit, string id) =>
        unit.Execute("DELETE FROM held_credentials WHERE space_id = @Space AND id = @id", new { unit.Space, id }) > 0;

    /// <summary>Whether the issuer was asked for credentials.</summary>
    public static bool HasAsked(SqliteConnection connection, string space, string issuer) => connection.QuerySingle<bool>(
        "SELECT EXISTS (SELECT 1 FROM credential_requests WHERE space_id = @space AND issuer = @issuer)", new { space, issuer });

    public static RequestRow? FindRequest(SqliteConnection connection, string space, string holderPid) =>
        connection.QuerySingleOrDefault<RequestRow>(Requests + " AND holder_pid = @holderPid", new { space, holderPid });

    public static RequestRow? FindRequest(UnitOfWork unit, string holderPid) =>
        unit.Find<RequestRow>(Requests + " AND holder_pid = @holderPid", new { space = unit.Space, holderPid });

    public static List<RequestRow> PageOfRequests(SqliteConnection connection, string space, string after, int limit) => connection.Query<RequestRow>(
        Requests + " AND holder_pid > @after ORDER BY holder_pid LIMIT @limit", new { space, after, limit }).AsList();

    public static void AddRequest(UnitOfWork unit, RequestRow row) => unit.Execute(
        """
        INSERT INTO credential_requests (space_id, holder_pid, issuer, credentials, sealed_code, state, requested_at, changed_at)
        VALUES (@Space, @HolderPid, @Issuer, @Credentials, @SealedCode, @State, @RequestedAt, @ChangedAt)
        """,
        new { unit.Space, row.HolderPid, row.Issuer, row.Credentials, row.SealedCode, row.State, row.RequestedAt, row.ChangedAt });

    /// <summary>Changes the state; the code has served its purpose with the first one.</summary>
    public static void SetRequest(UnitOfWork unit, string holderPid, string state, string? issuerPid, string? reason)
    {
        unit.Execute(
            """
            UPDATE credential_requests SET state = @state, issuer_pid = coalesce(@issuerPid, issuer_pid), reason = @reason, sealed_code = NULL, changed_at = @Now
            WHERE space_id = @Space AND holder_pid = @holderPid
            """,
            new { unit.Space, holderPid, state, issuerPid, reason, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.Changed(ChangeOf(holderPid));
    }

    /// <summary>What whoever waits for a request is woken by.</summary>
    public static string ChangeOf(string holderPid) => "credential-request:" + holderPid;

    public static List<OfferRow> PageOfOffers(SqliteConnection connection, string space, string after, int limit) => connection.Query<OfferRow>(
        Offers + " AND issuer > @after ORDER BY issuer LIMIT @limit", new { space, after, limit }).AsList();

    public static void PutOffer(UnitOfWork unit, string issuer, string credentials) => unit.Execute(
        """
        INSERT INTO credential_offers (space_id, issuer, credentials, received_at) VALUES (@Space, @issuer, @credentials, @Now)
        ON CONFLICT (space_id, issuer) DO UPDATE SET credentials = excluded.credentials, received_at = excluded.received_at
        """,
        new { unit.Space, issuer, credentials, Now = unit.Now.ToUnixTimeMilliseconds() });
}
