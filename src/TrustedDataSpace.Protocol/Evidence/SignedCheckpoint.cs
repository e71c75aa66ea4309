using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// A checkpoint in a C2SP signed-note: the text, a blank line, and a signature line <c>— name base64</c>. The signature is
/// ECDSA on P-256 (type 0x02), whose key id is the beginning of SHA-256 over the SubjectPublicKeyInfo.
/// </summary>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="KeyName">The name of the key.</param>
/// <param name="Text">The whole note.</param>
public sealed record SignedCheckpoint(Checkpoint Checkpoint, string KeyName, string Text)
{
    /// <summary>The longest note that is read, in characters: room for the signatures of many witnesses, and an end to them.</summary>
    public const int MaxLength = 64 * 1024;

    private const int KeyIdLength = 4;
    private const string Dash = "\u2014 ";

    /// <summary>Signs a checkpoint.</summary>
    /// <exception cref="RefusalException">Malformed when a name cannot stand in a note.</exception>
    public static SignedCheckpoint Sign(Checkpoint checkpoint, SigningKey key, string keyName)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(key);
        if (!IsKeyName(keyName) || checkpoint.Origin.Any(char.IsControl))
        {
            throw new RefusalException(RefusalCode.Malformed, "A key name has no white space and no plus sign, an origin no line breaks.");
        }

        var text = checkpoint.ToText();
        byte[] signature = [.. KeyId(key.Public), .. key.SignDer(Encoding.UTF8.GetBytes(text))];
        return new SignedCheckpoint(checkpoint, keyName, $"{text}\n{Dash}{keyName} {Convert.ToBase64String(signature)}\n");
    }

    /// <summary>Verifies a note. Signatures by other keys, such as those of witnesses, are passed over.</summary>
    /// <exception cref="RefusalException">Malformed, TooLarge, or Unauthenticated when the key did not sign it.</exception>
    public static SignedCheckpoint Verify(string text, PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"A signed checkpoint has {MaxLength} characters at most.");
        }

        var end = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !text.EndsWith('\n'))
        {
            throw new RefusalException(RefusalCode.Malformed, "This is not a signed note: text, blank line, signature lines.");
        }

        var signed = text[..(end + 1)];
        foreach (var line in text[(end + 2)..^1].Split('\n'))
        {
            if (TryReadSignature(line, out var name, out var signature) && Verifies(signed, signature, key))
            {
                return new SignedCheckpoint(Checkpoint.Parse(signed), name, text);
            }
        }

        throw new RefusalException(RefusalCode.Unauthenticated, "The checkpoint is not signed by the expected key.") { Term = "signature" };
    }

    internal static bool TryReadSignature(string line, out string name, out byte[] signature)
    {
        var parts = line.StartsWith(Dash, StringComparison.Ordinal) ? line[Dash.Length..].Split(' ') : [];
        (name, signature) = ("", []);
        if (parts.Length != 2 || !IsKeyName(parts[0]) || !StrictBase64.TryDecode(parts[1], out var bytes) || bytes.Length <= KeyIdLength)
        {
            return false;
        }

        (name, signature) = (parts[0], bytes);
        return true;
    }

    internal static bool Verifies(string signed, byte[] signature, PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return signature.AsSpan(0, KeyIdLength).SequenceEqual(KeyId(key))
            && key.VerifyDer(Encoding.UTF8.GetBytes(signed), signature.AsSpan(KeyIdLength));
    }

    private static bool IsKeyName(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    private static ReadOnlySpan<byte> KeyId(PublicKey key) => SHA256.HashData(key.ExportSpki()).AsSpan(0, KeyIdLength);
}
