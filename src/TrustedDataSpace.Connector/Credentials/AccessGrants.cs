using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Access tokens for this participant's own Credential Service (DCP §4.3.1): each lets one verifier read what its scopes name, for a short time.
/// To others they are opaque; who has got hold of one opens nothing with it without the verifier's key.
/// </summary>
internal sealed class AccessGrants(ParticipantKey key, ConnectorSettings settings, Ids ids, TimeProvider clock)
{
    public const int MostScopes = 20;

    private const string ScopeClaim = "scope";
    private const int MostKept = 10_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // A verifier keeps what it was shown under the token it was shown with: the same one is given to it for a while.
    private static readonly TimeSpan Reuse = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string Verifier, string Kid), (string Token, DateTimeOffset From)> given = new();
    private readonly string[] shown = [.. settings.Credentials.Shown.Select(DcpScope.ForType)];

    /// <summary>The token for a peer that this connector calls: it may read what <see cref="CredentialOptions.Shown"/> names.</summary>
    public string ForPeer(Did verifier)
    {
        var now = clock.GetUtcNow();

        // By the key, too: one that was revoked makes no more tokens good.
        var signedBy = key.Signing.Kid;
        if (given.TryGetValue((verifier.Value, signedBy), out var known) && now - known.From is var age && age >= TimeSpan.Zero && age < Reuse)
        {
            return known.Token;
        }

        if (given.Count >= MostKept)
        {
            given.Clear();
        }

        var token = Make(verifier, shown);
        given[(verifier.Value, signedBy)] = (token, now);
        return token;
    }

    /// <summary>A token for one verifier.</summary>
    /// <param name="verifier">Who may use it.</param>
    /// <param name="scopes">What it may read.</param>
    /// <exception cref="RefusalException">Malformed: a scope is none.</exception>
    public string Make(Did verifier, IReadOnlyCollection<string> scopes)
    {
        if (scopes.Count is 0 or > MostScopes || scopes.FirstOrDefault(scope => !DcpScope.TryParse(scope, out _)) is not null)
        {
            throw new RefusalException(RefusalCode.Malformed, $"1 to {MostScopes} scopes are asked for, each like {DcpScope.ForType(CredentialOptions.Membership)}.") { Term = ScopeClaim };
        }

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var me = settings.Participant.Id;
        return Jwt.Sign(
            new JsonObject
            {
                ["iss"] = me,
                ["sub"] = verifier.Value,
                ["aud"] = me,
                ["jti"] = ids.Next(),
                ["iat"] = now,
                ["exp"] = now + (long)Lifetime.TotalSeconds,
                [ScopeClaim] = string.Join(' ', scopes),
            },
            key.Signing,
            TokenTypes.CredentialAccess);
    }

    /// <summary>What the token lets that verifier read.</summary>
    /// <exception cref="RefusalException">Unauthenticated: it is none of this participant, is over, or is another verifier's.</exception>
    public IReadOnlyList<DcpScope> Read(string token, Did verifier)
    {
        var now = clock.GetUtcNow();
        var me = settings.Participant.Id;
        var claims = JwtVerifier.Verify(
            token,
            new JwtExpectation
            {
                Type = TokenTypes.CredentialAccess,
                Issuer = me,
                Subject = verifier.Value,
                Audience = me,
                Keys = key.Accepted(now),
                RequireJti = true,
                MaxLifetime = Lifetime,
                Leeway = TimeSpan.Zero,
            },
            now);
        return [.. (claims.Text(ScopeClaim) ?? "").Split(' ').Select(text => DcpScope.TryParse(text, out var scope) ? scope : default).Where(scope => scope.Alias is not null)];
    }
}
