using System.Buffers.Text;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>
/// A JSON Web Signature whose payload is not in it (RFC 7515 appendix F): <c>HEADER..SIGNATURE</c>. The signed bytes travel beside it,
/// and are put back before it is checked.
/// </summary>
public static class DetachedJws
{
    /// <summary>Signs a JSON object.</summary>
    /// <param name="payload">Its bytes.</param>
    /// <param name="key">Whose signature.</param>
    /// <param name="type">The <c>typ</c> header: one of <see cref="TokenTypes"/>.</param>
    public static string Sign(ReadOnlySpan<byte> payload, SigningKey key, string type)
    {
        var parts = Jws.Sign(payload, key, type).Split('.');
        return $"{parts[0]}..{parts[2]}";
    }

    /// <summary>Checks the signature over the bytes.</summary>
    /// <param name="detached">The signature.</param>
    /// <param name="payload">What it must be over.</param>
    /// <param name="keys">The keys that may have signed.</param>
    /// <param name="type">The <c>typ</c> header it must have.</param>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names the header.</exception>
    public static void Verify(string detached, ReadOnlySpan<byte> payload, IReadOnlyCollection<PublicKey> keys, string type)
    {
        ArgumentNullException.ThrowIfNull(detached);
        var at = detached.IndexOf("..", StringComparison.Ordinal);
        if (at < 0)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "The signature is refused, form: it is not HEADER..SIGNATURE (RFC 7515 appendix F).") { Term = "form" };
        }

        var encoded = Base64Url.EncodeToString(payload);
        var compact = string.Concat(detached.AsSpan(0, at + 1), encoded, detached.AsSpan(at + 1));
        Jws.Verify(compact, keys, type, Jws.DefaultMaxLength + encoded.Length);
    }
}
