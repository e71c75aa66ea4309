using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>An entry that answers an auditor's question.</summary>
/// <param name="Index">Its place in the log, with which its inclusion can be proven.</param>
/// <param name="Entry">The entry.</param>
public sealed record AuditedEntry(long Index, EvidenceEntry Entry);
