using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>
/// Compact JSON Web Encryption (RFC 7516) to one key: ECDH-ES direct key agreement (RFC 7518 §4.6) and A256GCM (§5.3), nothing else. It
/// hides, and proves nothing about who wrote it: the message around it must.
/// </summary>
public static class Jwe
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MaxLength = 8 * 1024;
    private const string Algorithm = "ECDH-ES";
    private const string Encryption = "A256GCM";

    /// <summary>Encrypts.</summary>
    /// <param name="clear">What to hide.</param>
    /// <param name="recipient">The only one who can read it.</param>
    /// <param name="type">The <c>typ</c> header: what is encrypted for one use cannot be passed off as another.</param>
    public static string Encrypt(ReadOnlySpan<byte> clear, PublicKey recipient, string type)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        using var ephemeral = AgreementKey.Generate();
        var epk = ephemeral.Public.Jwk;
        var header = new JsonObject
        {
            ["alg"] = Algorithm,
            ["enc"] = Encryption,
            ["typ"] = type,
            ["kid"] = recipient.Kid,
            ["epk"] = new JsonObject { ["kty"] = epk.Kty, ["crv"] = epk.Crv, ["x"] = epk.X, ["y"] = epk.Y },
        };
        var head = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()));
        var key = DeriveKey(ephemeral.Agree(recipient), Encryption, [], [], KeyBytes);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        var box = new byte[clear.Length + TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, clear, box.AsSpan(0, clear.Length), box.AsSpan(clear.Length), Encoding.ASCII.GetBytes(head));
        CryptographicOperations.ZeroMemory(key);

        // The second part, an encrypted key, is empty with direct agreement (RFC 7516 §5.1, step 5).
        return $"{head}..{Base64Url.EncodeToString(nonce)}.{Base64Url.EncodeToString(box.AsSpan(0, clear.Length))}.{Base64Url.EncodeToString(box.AsSpan(clear.Length))}";
    }

    /// <summary>Decrypts.</summary>
    /// <param name="compact">The encrypted text.</param>
    /// <param name="find">The recipient's key of that name, or null.</param>
    /// <param name="type">The <c>typ</c> header it must have.</param>
    /// <exception cref="RefusalException">Malformed: another form, algorithm or key, or altered; TooLarge. <see cref="RefusalException.Term"/> names the header.</exception>
    public static byte[] Decrypt(string compact, Func<string, AgreementKey?> find, string type)
    {
        ArgumentNullException.ThrowIfNull(compact);
        ArgumentNullException.ThrowIfNull(find);
        if (compact.Length > MaxLength)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"The encrypted text is longer than {MaxLength} characters.") { Term = "length" };
        }

        if (compact.Split('.') is not [var head, "", var nonce, var hidden, var tag])
        {
            throw Refuse("form", "it is not five parts with points between, the second one empty");
        }

        var header = ProtocolJson.Parse(Decode(head, "header"));
        Require(header, "alg", Algorithm);
        Require(header, "enc", Encryption);
        Require(header, "typ", type);

        // RFC 7516 §4.1.13: we understand no extension; and what is compressed grows without a bound (§4.1.3).
        if (header.TryGetProperty("crit", out _) || header.TryGetProperty("zip", out _))
        {
            throw Refuse("crit", "neither extensions nor compression are supported");
        }

        var key = find(Text(header, "kid") ?? "") ?? throw Refuse("kid", "the recipient has no such key");
        var epk = header.TryGetProperty("epk", out var value) && value.ValueKind == JsonValueKind.Object
            ? PublicKey.FromJwk(ProtocolJson.Read<Jwk>(value) with { Use = null, Alg = null })
            : throw Refuse("epk", "it is missing");
        var secret = DeriveKey(key.Agree(epk), Encryption, Decode(Text(header, "apu") ?? "", "apu"), Decode(Text(header, "apv") ?? "", "apv"), KeyBytes);
        try
        {
            var (n, c, t) = (Decode(nonce, "iv"), Decode(hidden, "ciphertext"), Decode(tag, "tag"));
            var clear = new byte[c.Length];
            using var cipher = new AesGcm(secret, TagBytes);
            cipher.Decrypt(n, c, t, clear, Encoding.ASCII.GetBytes(head));
            return clear;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Refuse("tag", "it was encrypted to another key, or altered", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Concat KDF with SHA-256 (NIST SP 800-56A §5.8.1) as RFC 7518 §4.6.2 fills it in; one round, as no key here is longer than a digest.</summary>
    internal static byte[] DeriveKey(byte[] secret, string algorithm, ReadOnlySpan<byte> producer, ReadOnlySpan<byte> recipient, int bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendNumber(hash, 1);
        hash.AppendData(secret);
        AppendText(hash, Encoding.ASCII.GetBytes(algorithm));
        AppendText(hash, producer);
        AppendText(hash, recipient);
        AppendNumber(hash, bytes * 8);
        CryptographicOperations.ZeroMemory(secret);
        return hash.GetHashAndReset()[..bytes];
    }

    private static void AppendText(IncrementalHash hash, ReadOnlySpan<byte> text)
    {
        AppendNumber(hash, text.Length);
        hash.AppendData(text);
    }

    private static void AppendNumber(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        hash.AppendData(bytes);
    }

    private static void Require(JsonElement header, string name, string expected)
    {
        if (Text(header, name) != expected)
        {
            throw Refuse(name, $"it must be \"{expected}\"");
        }
    }

    private static string? Text(JsonElement header, string name) =>
        header.ValueKind == JsonValueKind.Object && header.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

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
        new(RefusalCode.Malformed, $"The encrypted text is refused, {term}: {why}.", inner) { Term = term, Remedy = "Encrypt it to the key agreement key of the receiver's DID document." };
}
