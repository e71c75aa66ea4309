using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>Writes JSON Web Tokens (RFC 7519).</summary>
public static class Jwt
{
    /// <summary>Signs claims as an ES256 token with <c>kid</c> and <c>typ</c>.</summary>
    /// <param name="claims">The claims, times as whole seconds since 1970.</param>
    /// <param name="key">The key of the issuer.</param>
    /// <param name="type">One of <see cref="TokenTypes"/>.</param>
    public static string Sign(JsonObject claims, SigningKey key, string type)
    {
        ArgumentNullException.ThrowIfNull(claims);
        return Jws.Sign(Encoding.UTF8.GetBytes(claims.ToJsonString(ProtocolJson.Options)), key, type);
    }
}
