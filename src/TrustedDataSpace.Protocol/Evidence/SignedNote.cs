using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>A signed note, read and not verified yet.</summary>
/// <param name="Checkpoint">What it says.</param>
/// <param name="Text">The whole note.</param>
internal sealed record SignedNote(Checkpoint Checkpoint, string Text)
{
    public static SignedNote Read(string text)
    {
        var end = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        return end < 0
            ? throw new RefusalException(RefusalCode.Malformed, "it is not a signed note: text, blank line, signature lines")
            : new SignedNote(Checkpoint.Parse(text[..(end + 1)]), text);
    }

    /// <exception cref="RefusalException">Unauthenticated: none of the keys has signed it.</exception>
    public Checkpoint Verified(IReadOnlyCollection<PublicKey> keys)
    {
        foreach (var key in keys)
        {
            try
            {
                return SignedCheckpoint.Verify(Text, key).Checkpoint;
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unauthenticated)
            {
                // Another key may fit.
            }
        }

        throw new RefusalException(RefusalCode.Unauthenticated, "it is not signed by a key of the log");
    }
}
