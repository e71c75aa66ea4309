using Dapper;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Authorisation codes, what came out of them, and its refresh tokens. Of every secret only the hash is kept.</summary>
internal sealed class SignInStore(Database database, AuthoritySettings settings)
{
    private const string SelectSignIn =
        "SELECT id AS Id, client AS Client, account AS Account, scope AS Scope, jkt AS Jkt, ends_at AS EndsAt, revoked AS Revoked FROM sign_ins WHERE space_id = @Space";

    /// <summary>Whether a token of that signing in still counts.</summary>
    public bool IsOpen(string id) => database.Read(connection => connection.QuerySingle<long>(
        "SELECT count(*) FROM sign_ins WHERE space_id = @Space AND id = @id AND revoked = 0", new { Space = settings.Space.Id, id })) == 1;

    public static void InsertCode(UnitOfWork unit, CodeRow row) => unit.Execute(
        """
        INSERT INTO authorization_codes (space_id, hash, sign_in, client, account, redirect_uri, challenge, scope, nonce, jkt, made_at, used)
        VALUES (@Space, @Hash, @SignIn, @Client, @Account, @RedirectUri, @Challenge, @Scope, @Nonce, @Jkt, @Now, 0)
        """,
        new { unit.Space, row.Hash, row.SignIn, row.Client, row.Account, row.RedirectUri, row.Challenge, row.Scope, row.Nonce, row.Jkt, Now = unit.Now.ToUnixTimeMilliseconds() });

    public static CodeRow? FindCode(UnitOfWork unit, string hash) => unit.Find<CodeRow>(
        """
        SELECT hash AS Hash, sign_in AS SignIn, client AS Client, account AS Account, redirect_uri AS RedirectUri, challenge AS Challenge,
               scope AS Scope, nonce AS Nonce, jkt AS Jkt, made_at AS MadeAt, used AS Used
        FROM authorization_codes WHERE space_id = @Space AND hash = @hash
        """,
        new { unit.Space, hash });

    public static void UseCode(UnitOfWork unit, string hash) => unit.Execute(
        "UPDATE authorization_codes SET used = 1 WHERE space_id = @Space AND hash = @hash", new { unit.Space, hash });

    public static void Insert(UnitOfWork unit, SignInRow row) => unit.Execute(
        "INSERT INTO sign_ins (space_id, id, client, account, scope, jkt, ends_at, revoked) VALUES (@Space, @Id, @Client, @Account, @Scope, @Jkt, @EndsAt, 0)",
        new { unit.Space, row.Id, row.Client, row.Account, row.Scope, row.Jkt, row.EndsAt });

    public static SignInRow? Find(UnitOfWork unit, string id) => unit.Find<SignInRow>(SelectSignIn + " AND id = @id", new { unit.Space, id });

    public static void InsertRefresh(UnitOfWork unit, string hash, string signIn, long endsAt) => unit.Execute(
        "INSERT INTO refresh_tokens (space_id, hash, sign_in, ends_at, used) VALUES (@Space, @hash, @signIn, @endsAt, 0)",
        new { unit.Space, hash, signIn, endsAt });

    public static RefreshRow? FindRefresh(UnitOfWork unit, string hash) => unit.Find<RefreshRow>(
        "SELECT hash AS Hash, sign_in AS SignIn, ends_at AS EndsAt, used AS Used FROM refresh_tokens WHERE space_id = @Space AND hash = @hash", new { unit.Space, hash });

    public static void UseRefresh(UnitOfWork unit, string hash) => unit.Execute(
        "UPDATE refresh_tokens SET used = 1 WHERE space_id = @Space AND hash = @hash", new { unit.Space, hash });

    /// <summary>Ends one; what it had given away counts no more.</summary>
    public static void Revoke(UnitOfWork unit, EvidenceTrail evidence, string id, string reason)
    {
        if (unit.Execute("UPDATE sign_ins SET revoked = 1 WHERE space_id = @Space AND id = @id AND revoked = 0", new { unit.Space, id }) == 1)
        {
            evidence.Append(unit, EvidenceKinds.SignInRevoked, new { signIn = id, reason });
        }
    }

    /// <summary>Ends all of an account, or of a client; codes that were not used yet, too.</summary>
    public static void RevokeOf(UnitOfWork unit, EvidenceTrail evidence, string? account, string? client, string reason)
    {
        unit.Execute(
            "UPDATE authorization_codes SET used = 1 WHERE space_id = @Space AND (account = @account OR client = @client)", new { unit.Space, account, client });
        foreach (var id in unit.Query<string>(
            "SELECT id FROM sign_ins WHERE space_id = @Space AND revoked = 0 AND (account = @account OR client = @client)", new { unit.Space, account, client }))
        {
            Revoke(unit, evidence, id, reason);
        }
    }

    /// <summary>Forgets what ended: nothing of it could be used or reused any more.</summary>
    public static void Sweep(UnitOfWork unit, TimeSpan codes, TimeSpan accessTokens)
    {
        var over = new { unit.Space, Code = (unit.Now - codes).ToUnixTimeMilliseconds(), SignIn = (unit.Now - accessTokens).ToUnixTimeMilliseconds() };
        unit.Execute("DELETE FROM authorization_codes WHERE space_id = @Space AND made_at < @Code", over);
        unit.Execute("DELETE FROM refresh_tokens WHERE space_id = @Space AND sign_in IN (SELECT id FROM sign_ins WHERE space_id = @Space AND ends_at < @SignIn)", over);
        unit.Execute("DELETE FROM sign_ins WHERE space_id = @Space AND ends_at < @SignIn", over);
    }
}

/// <summary>An authorisation code as it is stored.</summary>
internal sealed record CodeRow
{
    public string Hash { get; init; } = "";

    public string SignIn { get; init; } = "";

    public string Client { get; init; } = "";

    public string Account { get; init; } = "";

    public string RedirectUri { get; init; } = "";

    public string Challenge { get; init; } = "";

    public string Scope { get; init; } = "";

    public string? Nonce { get; init; }

    public string? Jkt { get; init; }

    public long MadeAt { get; init; }

    public bool Used { get; init; }
}

/// <summary>What came out of one signing in, as it is stored.</summary>
internal sealed record SignInRow
{
    public string Id { get; init; } = "";

    public string Client { get; init; } = "";

    public string Account { get; init; } = "";

    public string Scope { get; init; } = "";

    public string? Jkt { get; init; }

    public long EndsAt { get; init; }

    public bool Revoked { get; init; }
}

/// <summary>A refresh token as it is stored.</summary>
internal sealed record RefreshRow
{
    public string Hash { get; init; } = "";

    public string SignIn { get; init; } = "";

    public long EndsAt { get; init; }

    public bool Used { get; init; }
}
