using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Where DID documents are and which of their keys count. The DIDs of a space need not resolve: a member's document is at the endpoint that the
/// authority's register vouches for, the authority's own at its configured address. A member's key counts only while it stands in the register,
/// too: who was suspended, or whose key was revoked, is out within seconds, whatever his own document says. Of those who are neither members nor
/// issuers of credentials nothing is fetched: whoever calls would choose what this connector asks.
/// </summary>
internal sealed class MemberDocuments(IPeerDirectory directory, IPeerAdmission admission, ConnectorSettings settings, TimeProvider clock)
{
    private const int MostKept = 10_000;

    // Who calls again and again with the same DID makes us ask the authority no more often than this.
    private static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Did, DateTimeOffset> unknown = new();

    /// <summary>See <see cref="DidLocator"/>.</summary>
    /// <exception cref="RefusalException">NotFound: a stranger; as <see cref="IPeerDirectory.FindAsync"/>.</exception>
    public async ValueTask<Uri?> LocateAsync(Did did, CancellationToken cancellation)
    {
        if (did.Value == settings.Authority.Id)
        {
            return new Uri(settings.Authority.Base + did.DocumentUri.AbsolutePath);
        }

        return await FindAsync(did, cancellation) is { } member ? new Uri(member.Endpoint + did.DocumentUri.AbsolutePath) : null;
    }

    /// <summary>A key of the DID that its document names for that use, and that the register knows if it is a member's.</summary>
    /// <exception cref="RefusalException">NotFound: a stranger; Unauthenticated: no such key; as <see cref="IPeerDirectory.FindAsync"/>.</exception>
    public async Task<PublicKey> KeyAsync(DidResolver dids, Did did, string kid, VerificationRelationship use, CancellationToken cancellation)
    {
        // Before its document is asked for, so that strangers drive no member's out of memory.
        var isMine = did.Value == settings.Authority.Id || did.Value == settings.Participant.Id;
        var member = isMine ? null : await FindAsync(did, cancellation);
        var key = await dids.KeyAsync(did, kid, use, cancellation);
        if (member is not null
            && key.Thumbprint != member.Key.Thumbprint
            && member.FormerKeys.All(former => former.Thumbprint != key.Thumbprint))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"The key of {did} is not the one that it has registered at the authority.") { Term = "kid" };
        }

        return key;
    }

    /// <returns>Null: no member, but an issuer; such a one is whom its own host says it is.</returns>
    private async ValueTask<PeerRecord?> FindAsync(Did did, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (!(unknown.TryGetValue(did, out var since) && now - since is var age && age >= TimeSpan.Zero && age < UnknownFor))
        {
            try
            {
                return await directory.FindAsync(did.Value, cancellation);
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
            {
                if (unknown.Count >= MostKept)
                {
                    unknown.Clear();
                }

                unknown[did] = now;
            }
        }

        return admission.Hears(did)
            ? null
            : throw new RefusalException(RefusalCode.NotFound, $"{did} is neither a member of the space nor an issuer that is believed or was asked here.") { Term = "iss" };
    }
}
