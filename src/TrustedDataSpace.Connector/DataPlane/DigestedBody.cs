using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// A request body that is compared with its <c>Content-Digest</c> (RFC 9530) while it streams. The reader never gets the whole of a body
/// whose digest differs: where the length is known not its last bytes, else not its end. So no source takes it for whole.
/// </summary>
internal sealed class DigestedBody : ReadOnlyBody
{
    private const string Prefix = "sha-256=:";

    private readonly Stream inner;
    private readonly byte[] expected;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long? left;
    private bool? isGenuine;

    private DigestedBody(Stream inner, byte[] expected, long? length) => (this.inner, this.expected, left) = (inner, expected, length);

    /// <summary>Wraps a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="header">Value of Content-Digest: SHA-256 and nothing else.</param>
    /// <param name="length">Its length, when it is announced.</param>
    /// <exception cref="RefusalException">Unauthenticated: there is none, or it is written otherwise.</exception>
    public static DigestedBody Over(Stream body, string? header, long? length)
    {
        var expected = new byte[SHA256.HashSizeInBytes + 1];
        return header is not null
            && header.StartsWith(Prefix, StringComparison.Ordinal)
            && header.EndsWith(':')
            && header.Length == Prefix.Length + 44 + 1
            && Convert.TryFromBase64Chars(header.AsSpan()[Prefix.Length..^1], expected, out var written)
            && written == SHA256.HashSizeInBytes
            ? new DigestedBody(body, expected[..SHA256.HashSizeInBytes], length)
            : throw ProofRequest.Refuse("content-digest", "a request with a body must have the header Content-Digest, sha-256 alone", "send Content-Digest: sha-256=:…: and sign it");
    }

    /// <summary>Value of the header for that body.</summary>
    public static string HeaderFor(ReadOnlySpan<byte> body) => Prefix + Convert.ToBase64String(SHA256.HashData(body)) + ":";

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            hash.AppendData(buffer.Span[..read]);
            left -= read;
        }

        if (isGenuine is null && !buffer.IsEmpty && (read == 0 || left == 0))
        {
            isGenuine = CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), expected);
        }

        return isGenuine != false ? read : throw ProofRequest.Refuse("content-digest", "the body is not the one that was signed");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
