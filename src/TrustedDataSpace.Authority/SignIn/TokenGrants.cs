using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>
/// The grants of people and machines: authorisation code with PKCE, refresh with rotation, client credentials with a secret. A code and a
/// refresh token count once; a second use shows that somebody else has it, and ends all that came out of that signing in.
/// </summary>
internal sealed class TokenGrants(
    Database database, AccountStore accounts, ManagementTokens tokens, Audiences audiences, AuthoritySettings settings, EvidenceTrail evidence)
{
    /// <summary>How long a code can be exchanged.</summary>
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(1);

    /// <summary>A refresh token that is not used for so long ends.</summary>
    public static readonly TimeSpan RefreshIdle = TimeSpan.FromHours(12);

    /// <summary>After that the password is asked for again, whatever was refreshed.</summary>
    public static readonly TimeSpan SignInLifetime = TimeSpan.FromDays(7);

    /// <summary>The term of what is <c>invalid_grant</c>.</summary>
    public const string GrantTerm = "grant";

    public async Task<TokenResponse> ExchangeAsync(ClientRow client, OAuthForm form, DpopProof? proof)
    {
        var (hash, redirect, verifier) = (SecretHashes.Hash(form.Required("code")), form.Required("redirect_uri"), form.Required("code_verifier"));
        var refresh = SecretHashes.Create("tds_refresh_");

        // The outcome, not an exception: what a bad use ends must be kept.
        var (code, keeps) = await database.WriteAsync<(CodeRow?, bool)>(unit =>
        {
            if (SignInStore.FindCode(unit, hash) is not { } found || found.Client != client.Id)
            {
                return (null, false);
            }

            if (found.Used)
            {
                SignInStore.Revoke(unit, evidence, found.SignIn, "code_reused");
                return (null, false);
            }

            // Whoever shows a code without its verifier has stolen it: it is used up all the same.
            SignInStore.UseCode(unit, hash);
            if (unit.Now.ToUnixTimeMilliseconds() > found.MadeAt + CodeLifetime.TotalMilliseconds
                || found.RedirectUri != redirect
                || !Proves(verifier, found.Challenge)
                || (found.Jkt is not null && found.Jkt != proof?.Thumbprint)
                || AccountStore.Find(unit, found.Account) is not { Disabled: false })
            {
                return (null, false);
            }

            var offline = SignInScopes.Has(found.Scope, SignInScopes.Offline);
            var end = unit.Now + (offline ? SignInLifetime : settings.Tokens.Lifetime);
            SignInStore.Insert(unit, new SignInRow { Id = found.SignIn, Client = client.Id, Account = found.Account, Scope = found.Scope, Jkt = proof?.Thumbprint, EndsAt = end.ToUnixTimeMilliseconds() });
            if (offline)
            {
                SignInStore.InsertRefresh(unit, SecretHashes.Hash(refresh), found.SignIn, (unit.Now + RefreshIdle).ToUnixTimeMilliseconds());
            }

            evidence.Append(unit, EvidenceKinds.SignInStarted, new { signIn = found.SignIn, account = found.Account, client = client.Id, found.Scope, bound = proof is not null });
            return (found, offline);
        });
        if (code is null)
        {
            throw Invalid("The code is not one of this client, was used, is older than a minute, or goes with another redirect_uri, code_verifier or key.");
        }

        var account = accounts.Find(code.Account)!;
        return Access(account, client.Id, code.Scope, proof?.Thumbprint, code.SignIn) with
        {
            RefreshToken = keeps ? refresh : null,
            IdToken = SignInScopes.Has(code.Scope, SignInScopes.OpenId) ? tokens.Identity(account, client.Id, code) : null,
        };
    }

    public async Task<TokenResponse> RefreshAsync(ClientRow client, OAuthForm form, DpopProof? proof)
    {
        var hash = SecretHashes.Hash(form.Required("refresh_token"));
        var narrower = form.Optional("scope");
        var next = SecretHashes.Create("tds_refresh_");
        var row = await database.WriteAsync<SignInRow?>(unit =>
        {
            if (SignInStore.FindRefresh(unit, hash) is not { } found || SignInStore.Find(unit, found.SignIn) is not { Revoked: false } signIn || signIn.Client != client.Id)
            {
                return null;
            }

            if (found.Used)
            {
                SignInStore.Revoke(unit, evidence, signIn.Id, "refresh_token_reused");
                return null;
            }

            var now = unit.Now.ToUnixTimeMilliseconds();
            if (found.EndsAt <= now || signIn.EndsAt <= now || signIn.Jkt != proof?.Thumbprint || AccountStore.Find(unit, signIn.Account) is not { Disabled: false })
            {
                return null;
            }

            // A refusal here leaves the token unused.
            var scope = Narrowed(signIn.Scope, narrower);
            SignInStore.UseRefresh(unit, hash);
            SignInStore.InsertRefresh(unit, SecretHashes.Hash(next), signIn.Id, Math.Min(signIn.EndsAt, now + (long)RefreshIdle.TotalMilliseconds));
            return signIn with { Scope = scope };
        });
        if (row is null)
        {
            throw Invalid("The refresh token is not one of this client, was used before, has ended, was revoked, or is bound to another key.");
        }

        return Access(accounts.Find(row.Account)!, client.Id, row.Scope, row.Jkt, row.Id) with { RefreshToken = next };
    }

    /// <summary>A machine's own token.</summary>
    public TokenResponse ForMachine(ClientRow client, OAuthForm form, DpopProof? proof)
    {
        if (client.SecretHash is null || client.RoleList.Length == 0)
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The client '{client.Id}' does not sign in by itself.") { Term = "roles" };
        }

        var scope = form.Optional("scope") ?? "";
        if (scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(word => !SignInScopes.IsKnown(word) || word is SignInScopes.OpenId or SignInScopes.Offline))
        {
            throw BadScope();
        }

        return tokens.Access(client.Id, client.Id, Target(client.Participant, form.Optional("resource")), client.RoleList, scope, proof?.Thumbprint, signIn: null);
    }

    private TokenResponse Access(AccountRow account, string client, string scope, string? jkt, string signIn) =>
        tokens.Access(account.Id, client, Target(account.Participant, asked: null), account.RoleList, scope, jkt, signIn);

    private string Target(string? participant, string? asked) =>
        audiences.Of(participant) is { } audience && (asked is null || asked == audience)
            ? audience
            : throw TokenRequest.Target("tokens of this holder are for the management interface of the space, or of the one active member it belongs to");

    // RFC 6749 §6: no more than was granted. A grant that names no scopes of a management interface has all that the roles open.
    private static string Narrowed(string granted, string? asked)
    {
        if (asked is null)
        {
            return granted;
        }

        var words = asked.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var has = granted.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var open = !has.Any(IsArea);
        return words.Length > 0 && words.All(word => SignInScopes.IsKnown(word) && (has.Contains(word) || (open && IsArea(word)))) && (open || words.Any(IsArea))
            ? string.Join(' ', words)
            : throw BadScope();
    }

    private static bool IsArea(string word) => word is not (SignInScopes.OpenId or SignInScopes.Offline);

    // RFC 7636 §4.6, S256 only.
    private static bool Proves(string verifier, string challenge) =>
        verifier.Length is >= 43 and <= 128
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))), Encoding.ASCII.GetBytes(challenge));

    private static RefusalException Invalid(string why) => new(RefusalCode.Forbidden, why) { Term = GrantTerm };

    private static RefusalException BadScope() => new(RefusalCode.Unsupported, "The scope holds a word that is not known here, or more than was granted.") { Term = "scope" };
}
