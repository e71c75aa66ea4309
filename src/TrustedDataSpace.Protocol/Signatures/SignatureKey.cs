using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Signatures;

/// <summary>
/// A key that signs requests, ready for use: to set the platform's keyed hash up costs as much as to hash a request. Safe to share between
/// threads: the one that finds it in use sets another up for itself.
/// </summary>
public sealed class SignatureKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 32;

    private readonly byte[] key;
    private IncrementalHash? spare;

    /// <param name="key">32 bytes.</param>
    public SignatureKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Bytes);
        this.key = key.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref spare, null)?.Dispose();

    /// <summary>HMAC-SHA-256 over the bytes.</summary>
    internal void Compute(ReadOnlySpan<byte> bytes, Span<byte> code)
    {
        var mine = Interlocked.Exchange(ref spare, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mine.AppendData(bytes);
        mine.GetHashAndReset(code);
        Interlocked.Exchange(ref spare, mine)?.Dispose();
    }
}
