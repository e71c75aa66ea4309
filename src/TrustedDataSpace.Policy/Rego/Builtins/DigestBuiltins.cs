using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Digests of text, in hexadecimal.</summary>
[SuppressMessage("Security", "CA5350", Justification = "Part of the language: policies compare digests that others made.")]
[SuppressMessage("Security", "CA5351", Justification = "Part of the language: policies compare digests that others made.")]
internal static class DigestBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        Digest("crypto.md5", MD5.HashData),
        Digest("crypto.sha1", SHA1.HashData),
        Digest("crypto.sha256", SHA256.HashData),
        Keyed("crypto.hmac.md5", HMACMD5.HashData),
        Keyed("crypto.hmac.sha1", HMACSHA1.HashData),
        Keyed("crypto.hmac.sha256", HMACSHA256.HashData),
        Keyed("crypto.hmac.sha512", HMACSHA512.HashData),
        new("crypto.hmac.equal", 2, call => RegoBoolean.Of(
            CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(call.Text(0)), Encoding.UTF8.GetBytes(call.Text(1))))),
    ];

    private static Builtin Digest(string name, Func<byte[], byte[]> hash) =>
        new(name, 1, call => new RegoString(Convert.ToHexStringLower(hash(Encoding.UTF8.GetBytes(call.Text(0))))));

    private static Builtin Keyed(string name, Func<byte[], byte[], byte[]> hash) =>
        new(name, 2, call => new RegoString(Convert.ToHexStringLower(hash(Encoding.UTF8.GetBytes(call.Text(1)), Encoding.UTF8.GetBytes(call.Text(0))))));
}
