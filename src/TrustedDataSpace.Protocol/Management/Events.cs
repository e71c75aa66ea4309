using System.Text.Json;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>Something that a connector has committed.</summary>
public sealed record EventView
{
    /// <summary>Place in the order of commits: a later event sorts behind it.</summary>
    public required string Id { get; init; }

    /// <summary>What happened, one of <see cref="EvidenceKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The agreement it belongs to.</summary>
    public string? Agreement { get; init; }

    /// <summary>The negotiation or transfer it belongs to; of a record of use: its flow.</summary>
    public string? Process { get; init; }

    /// <summary>The particulars; if they were too large for one entry of evidence, <c>hash</c> and <c>bytes</c> of them.</summary>
    public required JsonElement Data { get; init; }
}
