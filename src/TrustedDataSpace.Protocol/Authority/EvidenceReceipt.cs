namespace TrustedDataSpace.Protocol.Authority;

/// <summary>Where a batch of evidence went in the log.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="FirstIndex">The index of its first entry.</param>
/// <param name="Count">How many entries.</param>
public sealed record EvidenceReceipt(string BatchId, long FirstIndex, int Count);
