using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>How an interrupted use is settled.</summary>
internal enum InquiryVerdict
{
    /// <summary>Nothing was delivered: it counts at neither side.</summary>
    Removed,

    /// <summary>With what the other side says.</summary>
    Adopted,

    /// <summary>With what is known here, which is what the other side says.</summary>
    Confirmed,

    /// <summary>With what is known here, whatever the other side says: the records may differ, which is a dispute.</summary>
    Kept,
}

/// <summary>
/// What holds of an interrupted use, by what is known here and what the other side says. Both sides ask, in any order, and come to the same:
/// who does not know takes the other's word; who broke off an answer takes the other's word about what was on its way; else who knows keeps
/// what it knows (docs/metering.md, "When something breaks"; decision 18).
/// </summary>
internal static class InquiryRule
{
    /// <summary>Bytes that may be between the two connectors when an answer breaks off: what the buffers of both machines hold, and some room.</summary>
    public const long MostOnItsWay = 16 << 20;

    // More of anything never flows in one request; and no sum of such counts overflows.
    private const long MostCounted = 1L << 50;
    private const int DigestLength = 64;

    /// <summary>The verdict of the side that asked.</summary>
    /// <param name="role">The role of this side.</param>
    /// <param name="own">What is known here.</param>
    /// <param name="answer">What the other side says.</param>
    public static InquiryVerdict Judge(string role, LeafRow own, UsageAnswer answer)
    {
        if (answer.State == UsageAnswerStates.None)
        {
            // Who saw data flow does not take "there was none" for an answer: denying would make every use free.
            return own.IsPartlyKnown && own.Bytes > 0 ? InquiryVerdict.Kept : InquiryVerdict.Removed;
        }

        if (!answer.Observed || !IsPossible(answer))
        {
            return InquiryVerdict.Kept;
        }

        return own.Observed switch
        {
            LeafRow.Unknown => InquiryVerdict.Adopted,

            // The process was killed that had counted it, and its last bytes with it: who says that less has come is believed.
            LeafRow.Whole when answer.Outcome == UsageOutcomes.Cut && answer.Rows <= own.Rows && answer.Bytes <= own.Bytes => InquiryVerdict.Adopted,
            LeafRow.Whole => AreSame(own, answer) ? InquiryVerdict.Confirmed : InquiryVerdict.Kept,
            _ when answer.State == UsageAnswerStates.Settled && AreSame(own, answer) => InquiryVerdict.Adopted,
            LeafRow.BrokenOff when TellsWhatWasOnItsWay(role, own, answer) => InquiryVerdict.Adopted,
            _ => InquiryVerdict.Kept,
        };
    }

    // This side broke it off, with some of it between the two. Where both did, what left the provider counts.
    private static bool TellsWhatWasOnItsWay(string role, LeafRow own, UsageAnswer answer) => role == FlowRow.Consumer
        ? (answer.State == UsageAnswerStates.Settled || answer.Outcome == UsageOutcomes.Cut)
            && IsOnItsWay(answer.Bytes - own.Bytes, answer.Rows - own.Rows, own.Tokens, answer.Tokens)
        : answer.Outcome == UsageOutcomes.Cut && !answer.BrokenOff && IsOnItsWay(own.Bytes - answer.Bytes, own.Rows - answer.Rows, answer.Tokens, own.Tokens);

    // No row and no token is shorter than a byte.
    private static bool IsOnItsWay(long bytes, long rows, TokenCounts? arrived, TokenCounts? left) =>
        bytes is >= 0 and <= MostOnItsWay && rows >= 0 && rows <= bytes && (arrived, left) switch
        {
            (null, null) => true,
            (not null, not null) => arrived.In == left.In
                && IsMore(arrived.Out, left.Out, bytes)
                && IsMore(arrived.Data, left.Data, bytes)
                && (arrived.DataBy ?? []).All(one => (left.DataBy ?? []).Any(other => other.Party == one.Party && other.Tokens >= one.Tokens && other.Rows >= one.Rows)),
            _ => false,
        };

    private static bool IsMore(long? less, long? more, long most) => less == more || (more >= less && more - less <= most);

    private static bool AreSame(LeafRow own, UsageAnswer answer) => answer.Rows == own.Rows && answer.Bytes == own.Bytes && TokenCounts.AreSame(answer.Tokens, own.Tokens);

    private static bool IsPossible(UsageAnswer answer) =>
        answer.Rows is >= 0 and <= MostCounted
        && answer.Bytes is >= 0 and <= MostCounted
        && (answer.Tokens is null || IsPossible(answer.Tokens))
        && answer.Digest is null or { Length: DigestLength }
        && answer.Outcome is UsageOutcomes.Ok or UsageOutcomes.Miss or UsageOutcomes.Cut or UsageOutcomes.Retry;

    private static bool IsPossible(TokenCounts tokens) =>
        new[] { tokens.In, tokens.Cached, tokens.Out, tokens.Data, tokens.DeclaredIn, tokens.DeclaredOut }.All(count => count is null or (>= 0 and <= MostCounted))
        && !(tokens.Cached > tokens.In)
        && PartyTokens.AddUp(tokens.DataBy, tokens.Data)
        && !(tokens.DataBy?.Any(part => part.Rows > MostCounted) ?? false);
}
