namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>What the offline verification of an export found.</summary>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Checkpoint">The checkpoint; null when it cannot be read.</param>
/// <param name="Kid">The thumbprint of the key in the file; null when it cannot be read.</param>
/// <param name="Faults">What is wrong, line by line; empty when nothing is.</param>
public sealed record EvidenceVerification(long Entries, Checkpoint? Checkpoint, string? Kid, IReadOnlyList<EvidenceFault> Faults)
{
    /// <summary>Whether every line is as the key holder wrote it.</summary>
    public bool Valid => Faults.Count == 0;
}
