using System.Text.Json.Nodes;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The access tokens of the data plane: issued and checked by the provider alone (issuer and audience are the same), short-lived,
/// bound to one flow and one consumer.
/// </summary>
internal sealed class DataTokens(Identity.ParticipantKey key, Ids ids, ConnectorSettings settings, TimeProvider clock)
{
    private const string FlowClaim = "flow";

    /// <summary>A token for the consumer of the flow.</summary>
    public string Issue(string flow, string agreementId, string consumer)
    {
        var now = clock.GetUtcNow();
        return Jwt.Sign(
            new JsonObject
            {
                ["iss"] = settings.Participant.Id,
                ["aud"] = settings.Participant.Id,
                ["sub"] = consumer,
                ["jti"] = ids.Next(),
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + settings.Data.TokenLifetime).ToUnixTimeSeconds(),
                [FlowClaim] = flow,
                ["agreement"] = agreementId,
            },
            key.Signing,
            TokenTypes.DataAccess);
    }

    /// <summary>The consumer that the token names, if it is valid for this flow.</summary>
    /// <exception cref="RefusalException">Unauthenticated: names the claim.</exception>
    public string Verify(string token, string flow)
    {
        var now = clock.GetUtcNow();
        var claims = JwtVerifier.Verify(
            token,
            new JwtExpectation
            {
                Type = TokenTypes.DataAccess,
                Issuer = settings.Participant.Id,
                Audience = settings.Participant.Id,

                // Running flows outlive the rotation of the key.
                Keys = key.Accepted(now),
                RequireJti = true,
            },
            now);
        return claims.Text(FlowClaim) == flow
            ? claims.Subject
            : throw new RefusalException(RefusalCode.Unauthenticated, "The access token was issued for another flow.") { Term = FlowClaim };
    }
}
