using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>Where a batch of evidence went in the log, and the proof of it. The leading entries of the batch are covered, all or some of them.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="FirstIndex">The index of its first entry.</param>
/// <param name="Count">How many of its entries stand there, side by side.</param>
/// <param name="Checkpoint">The signed checkpoint that covers them.</param>
/// <param name="Proof">That they stand there under the checkpoint's root.</param>
/// <param name="Consistency">That the log only grew since the size that the asker has named; null when it named none, or one that the log does not have.</param>
public sealed record EvidenceReceipt(string BatchId, long FirstIndex, int Count, string Checkpoint, RangeProof Proof, ConsistencyProof? Consistency = null);
