using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>One metered request. Both connectors make the same leaf for the same request.</summary>
public sealed record UsageLeaf
{
    private const int ShortLeaf = 512;

    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);

    /// <summary>The flow: the provider's identifier of the transfer process.</summary>
    public required string Flow { get; init; }

    /// <summary>The number of the interval in the flow.</summary>
    public required long Interval { get; init; }

    /// <summary>The number of the request in the interval.</summary>
    public required long Sequence { get; init; }

    /// <summary>The declared purpose.</summary>
    public required string Purpose { get; init; }

    /// <summary>How it ended, one of <see cref="UsageOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Requests: 1.</summary>
    public long Requests { get; init; } = 1;

    /// <summary>Rows delivered.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of body delivered.</summary>
    public long Bytes { get; init; }

    /// <summary>AI tokens; null where the contract counts none, or they are not known.</summary>
    public TokenCounts? Tokens { get; init; }

    /// <summary>The hash of the leaf (RFC 6962 §2.1) over its canonical form.</summary>
    public byte[] LeafHash()
    {
        Span<byte> leaf = stackalloc byte[ShortLeaf];
        return TryWrite(leaf, out var length) ? SHA256.HashData(leaf[..length]) : MerkleTree.LeafHash(CanonicalBytes());
    }

    /// <summary>Writes what is hashed for the leaf (RFC 6962 §2.1), straight: this runs for every request.</summary>
    /// <returns>False: something in it needs an escape, or it is too long.</returns>
    internal bool TryWrite(Span<byte> leaf, out int length)
    {
        length = 0;
        return Tokens is null && IsPlain(Flow) && IsPlain(Outcome) && IsPlain(Purpose) && Utf8.TryWrite(
            leaf,
            CultureInfo.InvariantCulture,
            $"\0{{\"bytes\":{Bytes},\"flow\":\"{Flow}\",\"interval\":{Interval},\"outcome\":\"{Outcome}\",\"purpose\":\"{Purpose}\",\"requests\":{Requests},\"rows\":{Rows},\"sequence\":{Sequence}}}",
            out length);
    }

    /// <summary>The canonical form (RFC 8785).</summary>
    public byte[] CanonicalBytes()
    {
        var text = new StringBuilder(192);
        Append(text, "{\"bytes\":", Bytes);
        CanonicalJson.AppendString(text.Append(",\"flow\":"), Flow);
        Append(text, ",\"interval\":", Interval);
        CanonicalJson.AppendString(text.Append(",\"outcome\":"), Outcome);
        CanonicalJson.AppendString(text.Append(",\"purpose\":"), Purpose);
        Append(text, ",\"requests\":", Requests);
        Append(text, ",\"rows\":", Rows);
        Append(text, ",\"sequence\":", Sequence);
        if (Tokens is not null)
        {
            text.Append(",\"tokens\":").Append(Tokens.Canonical());
        }

        return Encoding.UTF8.GetBytes(text.Append('}').ToString());
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExcept(Plain);

    private static void Append(StringBuilder text, string name, long value) => text.Append(name).Append(CultureInfo.InvariantCulture, $"{value}");
}
