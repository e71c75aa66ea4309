using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>One thing that happened, as a leaf of the transparency log.</summary>
public sealed record EvidenceEntry
{
    /// <summary>Most bytes of one entry in its canonical form: a bundle of entries gives each length in two bytes (C2SP tlog-tiles).</summary>
    public const int MaxBytes = ushort.MaxValue;

    /// <summary>The identifier its source gave it: the same entry sent twice is one entry.</summary>
    public required string Id { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The DID of who says so.</summary>
    public required string Source { get; init; }

    /// <summary>What happened, one of <see cref="EvidenceKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The agreement it belongs to.</summary>
    public string? Agreement { get; init; }

    /// <summary>The negotiation or transfer it belongs to.</summary>
    public string? Process { get; init; }

    /// <summary>Revision of the policy bundle that decided at the source when it happened; null where none decides.</summary>
    public string? Policy { get; init; }

    /// <summary>The particulars: hashes and counts, never payload.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>The canonical form (RFC 8785), which the log hashes.</summary>
    public byte[] CanonicalBytes() => CanonicalJson.Bytes(this);

    /// <summary>The hash of the leaf (RFC 6962 §2.1).</summary>
    public byte[] LeafHash() => MerkleTree.LeafHash(CanonicalBytes());
}
