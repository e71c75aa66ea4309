using System.Buffers.Text;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// What stands in the log in place of a personal field or of a text that could be guessed (a credit code, a name): a keyed hash, whose key
/// (the salt) stays with whoever wrote the entry. With salt and text anybody can check that this was meant; erasing the salt erases the link.
/// </summary>
public static class Commitment
{
    /// <summary>Bytes of a salt: nobody tries them all.</summary>
    public const int SaltBytes = 32;

    private const string Prefix = "hmac-sha256:";

    /// <summary>A new salt, for one commitment.</summary>
    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>The commitment to the content: <c>hmac-sha256:</c> and base64url.</summary>
    public static string Create(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content)
    {
        if (salt.Length != SaltBytes)
        {
            throw new ArgumentException($"A salt has {SaltBytes} bytes.", nameof(salt));
        }

        return Prefix + Base64Url.EncodeToString(HMACSHA256.HashData(salt, content));
    }

    /// <summary>Whether the commitment is that of salt and content.</summary>
    public static bool Opens(string commitment, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content) =>
        salt.Length == SaltBytes && CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(commitment), System.Text.Encoding.UTF8.GetBytes(Create(salt, content)));
}
