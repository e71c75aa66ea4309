using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Protocol.Credentials;

namespace TrustedDataSpace.Authority.Trust;

/// <summary>Signs the trust list, and again when another key signs or half of its lifetime is over.</summary>
internal sealed class TrustListPublisher(TrustService trust, CredentialSigner signer, AuthoritySettings settings, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private PublishedTrustList? published;

    /// <summary>The list as it stands.</summary>
    public async Task<PublishedTrustList> CurrentAsync()
    {
        var present = await trust.CurrentAsync();
        var (now, key) = (clock.GetUtcNow(), signer.Key);
        var known = Volatile.Read(ref published);
        if (known is not null && known.Version == present.Version && known.Kid == key.Kid && known.SignedAt <= now && now < known.SignedAt + (Lifetime / 2))
        {
            return known;
        }

        var from = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var list = new TrustList
        {
            Space = settings.Space.Id,
            Authority = signer.Issuer,
            Version = present.Version,
            IssuedAt = from,
            ExpiresAt = from + Lifetime,
            Issuers = present.Issuers,
        };
        var bytes = Encoding.ASCII.GetBytes(list.Sign(key));
        var next = new PublishedTrustList(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""), present.Version, key.Kid, from);
        Volatile.Write(ref published, next);
        return next;
    }
}

/// <summary>The trust list as it is served.</summary>
/// <param name="Bytes">Signed.</param>
/// <param name="ETag">Its entity tag.</param>
/// <param name="Version">Its number.</param>
/// <param name="Kid">Name of the key that signed it.</param>
/// <param name="SignedAt">When.</param>
internal sealed record PublishedTrustList(byte[] Bytes, EntityTagHeaderValue ETag, long Version, string Kid, DateTimeOffset SignedAt);
