using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>The requests for credentials in the database.</summary>
internal sealed class RequestStore(Database database, AuthoritySettings settings)
{
    // Finished requests of one holder that are kept; whoever asks for the status of an older one has waited too long. Beside them, of as many things
    // as that, the last that was answered with credentials: it is answered again when a key or a credential is renewed.
    private const int MostFinished = 100;

    private const string One = $"SELECT {RequestRow.Columns} FROM credential_requests WHERE space_id = @Space AND issuer_pid = @issuerPid";

    public RequestRow? Find(string issuerPid) => database.Read(connection =>
        connection.QuerySingleOrDefault<RequestRow>(One, new { Space = settings.Space.Id, issuerPid }));

    public static RequestRow? Find(UnitOfWork unit, string issuerPid) => unit.Find<RequestRow>(One, new { unit.Space, issuerPid });

    /// <summary>The same request of the holder, if its answer is still under way.</summary>
    public static RequestRow? Same(UnitOfWork unit, RequestRow row) => unit.Find<RequestRow>(
        $"""
        SELECT {RequestRow.Columns} FROM credential_requests
        WHERE space_id = @Space AND holder = @Holder AND answered = 0 AND holder_pid = @HolderPid AND objects = @Objects AND token_hash = @TokenHash LIMIT 1
        """,
        new { unit.Space, row.Holder, row.HolderPid, row.Objects, row.TokenHash });

    /// <summary>How many answers to the holder are under way, rejections too: each is delivered for as long as it takes.</summary>
    public static long CountPending(UnitOfWork unit, string holder) => unit.Find<long>(
        "SELECT count(*) FROM credential_requests WHERE space_id = @Space AND holder = @holder AND answered = 0", new { unit.Space, holder });

    public static void Insert(UnitOfWork unit, RequestRow row)
    {
        unit.Execute(
            """
            INSERT INTO credential_requests (space_id, issuer_pid, holder, holder_pid, objects, credentials, token_hash, token_sealed, state, reason, requested_at)
            VALUES (@Space, @IssuerPid, @Holder, @HolderPid, @Objects, @Credentials, @TokenHash, @TokenSealed, @State, @Reason, @Now)
            """,
            new { unit.Space, row.IssuerPid, row.Holder, row.HolderPid, row.Objects, row.Credentials, row.TokenHash, row.TokenSealed, row.State, row.Reason, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.Execute(
            """
            DELETE FROM credential_requests WHERE space_id = @Space AND holder = @Holder AND answered = 1 AND issuer_pid NOT IN (
                SELECT issuer_pid FROM credential_requests WHERE space_id = @Space AND holder = @Holder AND answered = 1 ORDER BY issuer_pid DESC LIMIT @MostFinished)
            AND issuer_pid NOT IN (
                SELECT max(issuer_pid) FROM credential_requests WHERE space_id = @Space AND holder = @Holder AND state = @Issued GROUP BY objects ORDER BY max(issuer_pid) DESC LIMIT @MostFinished)
            """,
            new { unit.Space, row.Holder, MostFinished, CredentialStatus.Issued });
    }

    /// <summary>The request is answered: what the holder gave for that is destroyed.</summary>
    public static void Finish(UnitOfWork unit, string issuerPid, string state, string? reason) => unit.Execute(
        "UPDATE credential_requests SET state = @state, reason = @reason, token_sealed = NULL, answered = 1 WHERE space_id = @Space AND issuer_pid = @issuerPid",
        new { unit.Space, issuerPid, state, reason });

    /// <summary>Whether the holder was ever given anything, as far as is known.</summary>
    public static bool WasAnswered(UnitOfWork unit, string holder) => unit.Find<long>(
        "SELECT count(*) FROM credential_requests WHERE space_id = @Space AND holder = @holder AND state = @Issued", new { unit.Space, holder, CredentialStatus.Issued }) > 0;

    /// <summary>Of each holder and each thing that it asked for, the last request that was answered with credentials.</summary>
    public static List<RequestRow> LastAnswered(UnitOfWork unit) => unit.Query<RequestRow>(
        $"""
        SELECT {RequestRow.Columns} FROM credential_requests WHERE space_id = @Space AND issuer_pid IN (
            SELECT max(issuer_pid) FROM credential_requests WHERE space_id = @Space AND state = @Issued GROUP BY holder, objects)
        """,
        new { unit.Space, CredentialStatus.Issued });
}
