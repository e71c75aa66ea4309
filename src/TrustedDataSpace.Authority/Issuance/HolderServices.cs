using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>Calls holders' Credential Services (DCP §5.2), whose addresses their DID documents name: given by others, and held to the egress rule.</summary>
internal sealed class HolderServices(DidResolver dids, JsonClient http, CredentialSigner signer, Ids ids, AuthoritySettings settings, TimeProvider clock)
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(2);

    /// <summary>Sends a message, with a self-issued ID token that counts for this one time.</summary>
    /// <param name="holder">To whom.</param>
    /// <param name="path">Below the address of the service, one of <see cref="DcpRoutes"/>.</param>
    /// <param name="message">JSON.</param>
    /// <param name="accessToken">What the holder gave for this; null: nothing.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RefusalException">NotFound: the document names no such service; Malformed: it has no address that is called; Unavailable: nobody answers now; others: the holder's final word.</exception>
    public async Task SendAsync(Did holder, string path, byte[] message, string? accessToken, CancellationToken cancellation)
    {
        var address = GivenAddress.OfService(await dids.ResolveAsync(holder, cancellation), DcpConstants.CredentialService, settings.Egress);
        await http.SendAsync(HttpMethod.Post, address + path, message, Token(holder, accessToken), cancellation);
    }

    private string Token(Did holder, string? accessToken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        return new SelfIssuedIdToken
        {
            Issuer = signer.Issuer,
            Audience = holder,
            Id = ids.Next(),
            IssuedAt = now,
            ExpiresAt = now + TokenLifetime,
            AccessToken = accessToken,
        }.Sign(signer.Key);
    }
}
