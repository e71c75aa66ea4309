using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// When a repeated request is a retry, which counts once: the same <c>Idempotency-Key</c> and request under the same agreement, the same
/// answer, at most <see cref="Intervals"/> intervals behind the first, and no more than <see cref="Most"/> times. Both connectors
/// decide it from numbers and digests they both have, so they decide the same. Equal content under a new key is a new use.
/// </summary>
public static class RetryRule
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The longest key, characters.</summary>
    public const int LongestKey = 128;

    /// <summary>The retry window in usage intervals of a minute: 15.</summary>
    public const long Intervals = 15;

    /// <summary>Retries of one use: 3.</summary>
    public const int Most = 3;

    /// <summary>Digest of what was asked for. Hexadecimal SHA-256.</summary>
    /// <param name="method">The HTTP method, in capitals.</param>
    /// <param name="pathAndQuery">Canonical path and query.</param>
    /// <param name="purpose">The purpose.</param>
    /// <param name="contentDigest">Value of <c>Content-Digest</c> (RFC 9530); empty where the request says none: without a body, or by a bearer token alone.</param>
    public static string RequestDigest(string method, string pathAndQuery, string purpose, string contentDigest) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{method}\n{pathAndQuery}\n{purpose}\n{contentDigest}")));
}
