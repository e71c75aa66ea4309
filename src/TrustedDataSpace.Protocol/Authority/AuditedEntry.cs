using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>An entry that answers an auditor's question.</summary>
/// <param name="Index">Its place in the log, with which its inclusion can be proven.</param>
/// <param name="Entry">The entry.</param>
public sealed record AuditedEntry(long Index, EvidenceEntry Entry)
{
    /// <summary>The product that it is about; null where it names none.</summary>
    public string? Product { get; init; }

    /// <summary>The version of the product under the agreement; null where it cannot be told from the log.</summary>
    public long? Version { get; init; }

    /// <summary>What the connector of its source has of it; null where that was not to be asked.</summary>
    public AskedConnector? Connector { get; init; }
}
