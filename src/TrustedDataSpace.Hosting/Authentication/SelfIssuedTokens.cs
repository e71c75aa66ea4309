using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Self-issued ID tokens (DCP §4.3) that are sent to this service: verified with the sender's DID document, and each accepted once.</summary>
public sealed class SelfIssuedTokens(KeyResolver keys, UsedTokens used, ServiceSettings settings, TimeProvider clock)
{
    private const string Authority = "authority";

    private readonly Did me = Did.Parse(settings.Participant.Id);

    /// <summary>Verifies a token and uses it up.</summary>
    /// <exception cref="RefusalException">
    /// Unauthenticated: it proves nothing, or the sender's DID document does not bear it out (or cannot be had); TooLarge; Unavailable: the authority cannot
    /// be asked. Strangers read the message: what came of looking the sender up is in the inner exception alone.
    /// </exception>
    public async Task<SelfIssuedIdToken> VerifyAsync(string token, CancellationToken cancellation)
    {
        SelfIssuedIdToken verified;
        try
        {
            verified = await SelfIssuedIdToken.VerifyAsync(token, me, keys, clock.GetUtcNow(), cancellation);
        }
        catch (RefusalException refusal) when (refusal.Where == Authority)
        {
            throw new RefusalException(RefusalCode.Unavailable, "Nobody can tell now who sent the self-issued ID token.", refusal) { Where = Authority, Remedy = "try again in a while" };
        }
        catch (RefusalException refusal) when (refusal is not { Code: RefusalCode.Unauthenticated or RefusalCode.TooLarge, Term: not (null or "kid" or "signature") })
        {
            // The same whatever is lacking, be it the member, the document, the key or the signature: what its host does not show proves nothing, and is no fault of this service.
            throw new RefusalException(RefusalCode.Unauthenticated, "The sender of the self-issued ID token is not proven.", refusal)
            {
                Term = "iss",
                Remedy = "be a member, and sign with a registered key that the DID document names for capability invocation",
            };
        }

        await used.UseAsync(verified.Issuer.Value, verified.Id, verified.IssuedAt, verified.ExpiresAt + SelfIssuedIdToken.Leeway);
        return verified;
    }
}
