using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>Makes access tokens (RFC 9068) that carry the membership credential.</summary>
internal sealed class TokenIssuer(AuthoritySettings settings, ServiceAddress address, KeyStore keys, Ids ids, TimeProvider clock)
{
    public const string Scope = "space";

    /// <summary>The issuer in our own tokens: this service's address.</summary>
    public string Issuer => address.Url;

    /// <summary>Whose tokens open the authority's own API.</summary>
    public string TrustedIssuer => settings.Tokens.Issuer?.ToString().TrimEnd('/') ?? Issuer;

    /// <summary>The keys of tokens, credentials and bundles: the one that signs, the one that will sign next, and those replaced a while ago.</summary>
    public JwkSet Keys
    {
        get
        {
            var accepted = keys.Accepted(AuthorityKey.Name, clock.GetUtcNow());
            var log = keys.First(AuthorityKey.Name).Public;
            return new([
                .. accepted.Select(key => key.Jwk),
                .. accepted.Any(key => key.Kid == log.Kid) ? [] : new[] { log.Jwk with { Use = JwkSet.LogUse } },
            ]);
        }
    }

    /// <summary>The keys by which our own tokens are accepted now.</summary>
    public IEnumerable<SecurityKey> ValidationKeys() => keys.Accepted(AuthorityKey.Name, clock.GetUtcNow()).Select(ToSecurityKey);

    /// <summary>What discovery would tell about our own issuer, so that the authority need not call itself; null when another one is trusted.</summary>
    public OpenIdConnectConfiguration? OwnConfiguration
    {
        get
        {
            if (settings.Tokens.Issuer is not null)
            {
                return null;
            }

            return new OpenIdConnectConfiguration { Issuer = Issuer };
        }
    }

    private static JsonWebKey ToSecurityKey(PublicKey key) => new(JsonSerializer.Serialize(key.Jwk, ProtocolJson.Options));

    /// <summary>A token for one participant to show to one other.</summary>
    public TokenResponse Issue(ParticipantRow participant, string audience)
    {
        var now = clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = participant.Id,
            ["client_id"] = participant.Id,
            ["aud"] = audience,
            ["jti"] = ids.Next(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + settings.Tokens.Lifetime).ToUnixTimeSeconds(),
            ["scope"] = Scope,
            ["membership"] = participant.Credential,
        };
        return new TokenResponse
        {
            AccessToken = Jwt.Sign(claims, keys.Signing(AuthorityKey.Name), TokenTypes.AccessToken),
            ExpiresIn = (long)settings.Tokens.Lifetime.TotalSeconds,
            Scope = Scope,
        };
    }
}
