using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Where DID documents are and which of their keys count. The DIDs of a space need not resolve: a member's document is at the endpoint that the
/// authority's register vouches for, the authority's own at its configured address. A member's key counts only while it stands in the register,
/// too: who was suspended, or whose key was revoked, is out within seconds, whatever his own document says.
/// </summary>
internal sealed class MemberDocuments(IPeerDirectory directory, ConnectorSettings settings)
{
    /// <summary>See <see cref="DidLocator"/>.</summary>
    public async ValueTask<Uri?> LocateAsync(Did did, CancellationToken cancellation)
    {
        if (did.Value == settings.Authority.Id)
        {
            return new Uri(settings.Authority.Base + did.DocumentUri.AbsolutePath);
        }

        return await FindAsync(did, cancellation) is { } member ? new Uri(member.Endpoint + did.DocumentUri.AbsolutePath) : null;
    }

    /// <summary>A key of the DID that its document names for that use, and that the register knows if it is a member's.</summary>
    public async Task<PublicKey> KeyAsync(DidResolver dids, Did did, string kid, VerificationRelationship use, CancellationToken cancellation)
    {
        var key = await dids.KeyAsync(did, kid, use, cancellation);
        if (did.Value != settings.Authority.Id
            && did.Value != settings.Participant.Id
            && await FindAsync(did, cancellation) is { } member
            && key.Thumbprint != member.Key.Thumbprint
            && member.FormerKeys.All(former => former.Thumbprint != key.Thumbprint))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"The key of {did} is not the one that it has registered at the authority.") { Term = "kid" };
        }

        return key;
    }

    /// <returns>Null: no member; such a one is whom its own host says it is.</returns>
    private async ValueTask<PeerRecord?> FindAsync(Did did, CancellationToken cancellation)
    {
        try
        {
            return await directory.FindAsync(did.Value, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
        {
            return null;
        }
    }
}
