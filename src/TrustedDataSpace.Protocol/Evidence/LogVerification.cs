namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Something in a log that is not as it must be.</summary>
/// <param name="Place">The file, and where within it: <c>tile/entries/003 entry 17 (index 785)</c>.</param>
/// <param name="Message">What is wrong.</param>
public sealed record LogFault(string Place, string Message);

/// <summary>What verifying a log has found.</summary>
/// <param name="Head">The signed head; null when it cannot be read or is not signed by the key.</param>
/// <param name="Size">How many entries were read.</param>
/// <param name="Root">The root over them as it was computed, base64.</param>
/// <param name="Checkpoints">How many checkpoints were found right: each signed, and each over the beginning of this log.</param>
/// <param name="Signatures">How many signatures were found right, those of checkpoints and of batches.</param>
/// <param name="Hashing">The time for entries and hashes.</param>
/// <param name="Signing">The time for signatures.</param>
/// <param name="Witnesses">Who has signed the head besides the log, by the keys of the bundle.</param>
/// <param name="Faults">What is wrong, the first first; at most <see cref="LogVerifier.MostFaults"/>.</param>
public sealed record LogVerification(
    Checkpoint? Head, long Size, string Root, long Checkpoints, long Signatures, TimeSpan Hashing, TimeSpan Signing, IReadOnlyList<string> Witnesses, IReadOnlyList<LogFault> Faults)
{
    /// <summary>Whether all is as it must be.</summary>
    public bool Valid => Faults.Count == 0;
}
