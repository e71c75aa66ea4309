using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// The keys with which one source signs its batches, for very many signatures: a text whose header is the very one that <see cref="Jws.Sign(ReadOnlySpan{byte}, SigningKey, string)"/>
/// writes needs no look into it. Every other one is read and checked as any JWS.
/// </summary>
internal sealed class BatchKeys
{
    private const int SignatureLength = 64;
    private const int SignatureChars = 86;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly IReadOnlyCollection<PublicKey> keys;
    private readonly List<(string Head, PublicKey Key)> heads;

    public BatchKeys(IReadOnlyCollection<PublicKey> keys)
    {
        this.keys = keys;
        heads = [.. keys.Select(key => (HeadOf(key), key))];
    }

    /// <summary>The payload of a signature by one of the keys.</summary>
    /// <exception cref="RefusalException">As <see cref="Jws.Verify(string, IReadOnlyCollection{PublicKey}, string, int)"/>.</exception>
    public byte[] Verify(string compact)
    {
        var end = compact.LastIndexOf('.');
        foreach (var (head, key) in heads)
        {
            if (end > head.Length && compact.StartsWith(head, StringComparison.Ordinal) && Payload(compact, head.Length, end, key) is { } payload)
            {
                return payload;
            }
        }

        return Jws.Verify(compact, keys, TokenTypes.EvidenceBatch);
    }

    // Null: not surely right; whoever reads it whole says what is wrong.
    private static byte[]? Payload(string compact, int begin, int end, PublicKey key)
    {
        Span<byte> signature = stackalloc byte[SignatureLength];
        if (compact.Length > Jws.DefaultMaxLength || compact.Length - end - 1 != SignatureChars || compact.AsSpan(begin, end - begin).ContainsAnyExcept(Alphabet)
            || Base64Url.DecodeFromChars(compact.AsSpan(end + 1), signature, out _, out var length) != OperationStatus.Done || length != SignatureLength)
        {
            return null;
        }

        Span<byte> signed = stackalloc byte[end];
        return Encoding.ASCII.TryGetBytes(compact.AsSpan(0, end), signed, out _) && key.Verify(signed, signature) ? Decode(compact.AsSpan(begin, end - begin)) : null;
    }

    // The last character may have bits that belong to no byte.
    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done ? bytes.AsSpan(0, length).ToArray() : null;
    }

    private static string HeadOf(PublicKey key)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = key.Kid, ["typ"] = TokenTypes.EvidenceBatch };
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())) + ".";
    }
}
