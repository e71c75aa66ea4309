using System.Text.Json.Nodes;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Makes the access tokens of people and machines for management interfaces (RFC 9068), and ID tokens.</summary>
internal sealed class ManagementTokens(AuthoritySettings settings, TokenIssuer issuer, KeyStore keys, Ids ids, TimeProvider clock)
{
    /// <summary>The answer of the token endpoint, without refresh and ID token.</summary>
    public TokenResponse Access(string subject, string client, string audience, IReadOnlyCollection<string> roles, string scope, string? jkt, string? signIn)
    {
        var claims = Claims(subject, audience);
        claims["client_id"] = client;
        claims["jti"] = ids.Next();
        claims["scope"] = scope;
        claims[Hosting.Authentication.OwnIssuer.RolesClaim] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]);
        if (signIn is not null)
        {
            claims["sid"] = signIn;
        }

        if (jkt is not null)
        {
            claims["cnf"] = new JsonObject { ["jkt"] = jkt };
        }

        return new TokenResponse
        {
            AccessToken = Jwt.Sign(claims, keys.Signing(AuthorityKey.Name), TokenTypes.AccessToken),
            TokenType = jkt is null ? "Bearer" : "DPoP",
            ExpiresIn = (long)settings.Tokens.Lifetime.TotalSeconds,
            Scope = scope.Length == 0 ? null : scope,
        };
    }

    /// <summary>Tells the client who has signed in (OpenID Connect Core 1.0 §2). Opens nothing: its type and audience are others.</summary>
    public string Identity(AccountRow account, string client, CodeRow code)
    {
        var claims = Claims(account.Id, client);
        claims["auth_time"] = code.MadeAt / 1000;
        claims["preferred_username"] = account.Name;
        claims["sid"] = code.SignIn;
        if (code.Nonce is not null)
        {
            claims["nonce"] = code.Nonce;
        }

        return Jwt.Sign(claims, keys.Signing(AuthorityKey.Name), TokenTypes.Jwt);
    }

    private JsonObject Claims(string subject, string audience)
    {
        var now = clock.GetUtcNow();
        return new JsonObject
        {
            ["iss"] = issuer.Issuer,
            ["sub"] = subject,
            ["aud"] = audience,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + settings.Tokens.Lifetime).ToUnixTimeSeconds(),
        };
    }
}
