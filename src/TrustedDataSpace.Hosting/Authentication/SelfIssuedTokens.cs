using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Self-issued ID tokens (DCP §4.3) that are sent to this service: verified with the sender's DID document, and each accepted once.</summary>
public sealed class SelfIssuedTokens(KeyResolver keys, UsedTokens used, ServiceSettings settings, TimeProvider clock)
{
    private readonly Did me = Did.Parse(settings.Participant.Id);

    /// <summary>Verifies a token and uses it up.</summary>
    /// <exception cref="RefusalException">Unauthenticated: it proves nothing, or the sender's DID document does not bear it out (or cannot be had); TooLarge.</exception>
    public async Task<SelfIssuedIdToken> VerifyAsync(string token, CancellationToken cancellation)
    {
        SelfIssuedIdToken verified;
        try
        {
            verified = await SelfIssuedIdToken.VerifyAsync(token, me, keys, clock.GetUtcNow(), cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code is not (RefusalCode.Unauthenticated or RefusalCode.TooLarge) && refusal.Where != "authority")
        {
            // What the sender's own host does not show proves nothing: no fault of this service.
            throw new RefusalException(RefusalCode.Unauthenticated, $"The sender of the self-issued ID token is not proven: {refusal.Message}", refusal)
            {
                Term = refusal.Term ?? "iss",
                Remedy = refusal.Remedy ?? "publish the DID document where this service can read it",
            };
        }

        used.Use(verified.Issuer.Value, verified.Id, verified.IssuedAt, verified.ExpiresAt + SelfIssuedIdToken.Leeway);
        return verified;
    }
}
