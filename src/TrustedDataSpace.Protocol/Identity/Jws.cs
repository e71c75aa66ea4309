using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>Compact JSON Web Signatures (RFC 7515) over JSON objects: ES256 only, always typed, always with a key name.</summary>
public static class Jws
{
    /// <summary>The longest token accepted, in characters, where no other limit is given.</summary>
    public const int DefaultMaxLength = 16 * 1024;

    /// <summary>Stands for a missing <c>typ</c> header.</summary>
    public const string NoType = "";

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Signs a JSON object.</summary>
    public static string Sign(ReadOnlySpan<byte> payload, SigningKey key, string type) => Sign(payload, key, type, key?.Kid ?? "");

    /// <summary>Signs a JSON object with a key that is named by its place in a DID document: <c>DID#fragment</c>.</summary>
    public static string Sign(ReadOnlySpan<byte> payload, SigningKey key, string type, string kid)
    {
        ArgumentNullException.ThrowIfNull(key);
        var header = new JsonObject { ["alg"] = SecurityAlgorithms.EcdsaSha256, ["kid"] = kid, ["typ"] = type };
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Base64Url.EncodeToString(payload);
        return content + "." + Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(content)));
    }

    /// <summary>Checks form, type, algorithm and signature, and gives the payload.</summary>
    /// <param name="compact">The signed text.</param>
    /// <param name="keys">The keys that may have signed.</param>
    /// <param name="type">The <c>typ</c> header it must have.</param>
    /// <param name="maxLength">The longest text accepted, in characters.</param>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names the header.</exception>
    public static byte[] Verify(string compact, IReadOnlyCollection<PublicKey> keys, string type, int maxLength = DefaultMaxLength)
    {
        ArgumentNullException.ThrowIfNull(compact);
        ArgumentNullException.ThrowIfNull(keys);
        return Verify(Parse(compact, maxLength), compact, token => keys.Where(k => k.Kid == token.Kid), [type]);
    }

    /// <summary>The same where a standard leaves the type open (VC 1.1 §6.3.1, DCP §4): <see cref="NoType"/> among the types accepts a text without one.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names the header.</exception>
    public static byte[] Verify(string compact, PublicKey key, IReadOnlyCollection<string> types, int maxLength = DefaultMaxLength)
    {
        ArgumentNullException.ThrowIfNull(compact);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(types);
        return Verify(Parse(compact, maxLength), compact, token => key.Kid == token.Kid ? [key] : [], types);
    }

    private static byte[] Verify(JsonWebToken token, string compact, Func<JsonWebToken, IEnumerable<PublicKey>> named, IReadOnlyCollection<string> types)
    {
        if (!types.Contains(token.Typ ?? NoType, StringComparer.OrdinalIgnoreCase))
        {
            throw Refuse("typ", $"it must be \"{types.First()}\"");
        }

        // RFC 8725 §3.1: the algorithm is ours to choose, never the token's.
        if (token.Alg != SecurityAlgorithms.EcdsaSha256)
        {
            throw Refuse("alg", "it must be ES256");
        }

        // RFC 7515 §4.1.11: an extension that is not understood makes the signature invalid, and we understand none.
        if (token.TryGetHeaderValue<object>("crit", out _))
        {
            throw Refuse("crit", "no critical extension is supported");
        }

        var content = Encoding.ASCII.GetBytes(compact[..compact.LastIndexOf('.')]);
        var signature = Decode(token.EncodedSignature, "signature");
        var candidates = named(token).ToArray();
        if (candidates.Length == 0)
        {
            throw Refuse("kid", "no known key of the signer has that name");
        }

        return candidates.Any(k => k.Verify(content, signature))
            ? Decode(token.EncodedPayload, "payload")
            : throw Refuse("signature", "it does not verify");
    }

    /// <summary>The same with the one key that the text itself may show, where who the key belongs to is checked by its thumbprint.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names the header.</exception>
    public static byte[] VerifyWith(string compact, PublicKey key, string type, int maxLength = DefaultMaxLength)
    {
        ArgumentNullException.ThrowIfNull(compact);
        ArgumentNullException.ThrowIfNull(key);
        return Verify(Parse(compact, maxLength), compact, _ => [key], [type]);
    }

    /// <summary>The name of the key that a text says it was signed with; empty when it names none. Proven only once it is verified with that key.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge.</exception>
    public static string KidOf(string compact, int maxLength = DefaultMaxLength) => Parse(compact, maxLength).Kid ?? "";

    /// <summary>The payload before any check, for finding out whose keys to fetch. Nothing in it is proven.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge.</exception>
    public static byte[] ReadUnverified(string compact, int maxLength = DefaultMaxLength) => Decode(Parse(compact, maxLength).EncodedPayload, "payload");

    private static JsonWebToken Parse(string compact, int maxLength)
    {
        if (compact.Length > maxLength)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"The signed text is longer than {maxLength} characters.") { Term = "length" };
        }

        if (compact.AsSpan().ContainsAnyExcept(Alphabet) || compact.AsSpan().Count('.') != 2)
        {
            throw Refuse("form", "it is not three base64url parts with points between");
        }

        try
        {
            return new JsonWebToken(compact);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException)
        {
            throw Refuse("form", "header or payload is not the JSON of a token", e);
        }
    }

    private static byte[] Decode(string part, string term)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException e)
        {
            throw Refuse(term, "it is not base64url", e);
        }
    }

    private static RefusalException Refuse(string term, string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The signed text is refused, {term}: {why}.", inner) { Term = term, Remedy = "Send it as it was signed, by the key that the receiver knows." };
}
