using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The access tokens of the data plane: issued and checked by the provider alone (issuer and audience are the same), short-lived,
/// for one flow and one consumer, bound to a key (<c>cnf</c>, RFC 7800).
/// </summary>
internal sealed class DataTokens(Identity.ParticipantKey key, FlowKeys flowKeys, Ids ids, ConnectorSettings settings, TimeProvider clock)
{
    private const string FlowClaim = "flow";
    private const string ConfirmationClaim = "cnf";
    private const string FlowKeyMember = "kid";
    private const string DpopMember = "jkt";

    private static readonly TimeSpan Leeway = new JwtExpectation { Type = "", Issuer = "", Audience = "", Keys = [] }.Leeway;

    /// <summary>A token for the consumer of the flow, bound to what the flow's tokens are bound to now.</summary>
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
                [ConfirmationClaim] = Confirmation(flowKeys.BindingOf(flow)),
            },
            key.Signing,
            TokenTypes.DataAccess);
    }

    /// <summary>What the token says, if it is valid for this flow.</summary>
    /// <exception cref="RefusalException">Unauthenticated: names the claim.</exception>
    public VerifiedToken Verify(string token, string flow)
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
            ? new VerifiedToken(token, claims.Subject, BindingIn(claims.Payload), Jws.KidOf(token), claims.ExpiresAt)
            : throw new RefusalException(RefusalCode.Unauthenticated, "The access token was issued for another flow.") { Term = FlowClaim };
    }

    /// <summary>Whether a token that was verified before would be so now: it has not ended, and the key that signed it was not revoked.</summary>
    public bool StillCounts(VerifiedToken token, DateTimeOffset now) => now - Leeway < token.Until && key.IsAccepted(token.Kid, now);

    private static JsonObject? Confirmation(FlowBinding binding) => binding.Kind switch
    {
        FlowBindingKind.Key => new JsonObject { [FlowKeyMember] = binding.Number.ToString(CultureInfo.InvariantCulture) },
        FlowBindingKind.Dpop => new JsonObject { [DpopMember] = binding.Thumbprint, [FlowKeyMember] = binding.Number.ToString(CultureInfo.InvariantCulture) },
        FlowBindingKind.Certificate => new JsonObject { [CertificateProofs.Member] = binding.Thumbprint, [FlowKeyMember] = binding.Number.ToString(CultureInfo.InvariantCulture) },
        FlowBindingKind.Bearer => new JsonObject { ["bearer"] = true, [FlowKeyMember] = binding.Number.ToString(CultureInfo.InvariantCulture) },
        _ => null,
    };

    private static FlowBinding BindingIn(JsonElement payload)
    {
        if (!payload.TryGetProperty(ConfirmationClaim, out var confirmation)
            || confirmation.ValueKind != JsonValueKind.Object
            || !confirmation.TryGetProperty(FlowKeyMember, out var kid)
            || !long.TryParse(kid.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return new FlowBinding(FlowBindingKind.None, 0);
        }

        return confirmation.TryGetProperty(DpopMember, out var thumbprint) ? new FlowBinding(FlowBindingKind.Dpop, number, thumbprint.GetString())
            : confirmation.TryGetProperty(CertificateProofs.Member, out var certificate) ? new FlowBinding(FlowBindingKind.Certificate, number, certificate.GetString())
            : confirmation.TryGetProperty("bearer", out _) ? new FlowBinding(FlowBindingKind.Bearer, number)
            : new FlowBinding(FlowBindingKind.Key, number);
    }
}
