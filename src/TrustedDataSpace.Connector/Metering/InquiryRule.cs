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
/// who does not know takes the other's word; who broke off an answer takes the other's word about what was on its way then; else who knows keeps
/// what it knows (docs/metering.md, "When something breaks"; decision 18).
/// </summary>
internal static class InquiryRule
{
    /// <summary>Bytes that may be between the two connectors when an answer breaks off: what the buffers of both machines hold, and some room.</summary>
    public const long MostOnItsWay = 16 << 20;

    /// <summary>Bytes that a provider may have counted and still had in its memory when it broke off: what a connection takes before it makes its writer wait, and some room.</summary>
    public const long MostInMemory = 256 << 10;

    // What was on its way is much like what is known: no denser than this many times; or it has no more rows and tokens than one in so many bytes.
    private const int Denser = 4;
    private const int BytesOfEach = 16;

    // A last record without an end is one when all of it has left, and none where the answer was cut behind it.
    private const long MostInRecord = 1024;

    // More of anything never flows in one request; and no sum of such counts overflows.
    private const long MostCounted = 1L << 50;
    private const int DigestLength = 64;

    /// <summary>The verdict of the side that asked.</summary>
    /// <param name="role">The role of this side.</param>
    /// <param name="own">What is known here.</param>
    /// <param name="answer">What the other side says.</param>
    /// <param name="isRepeated">Whether this side, the provider, knows that all of it left, and that the same was counted before under the same key.</param>
    public static InquiryVerdict Judge(string role, LeafRow own, UsageAnswer answer, bool isRepeated = false)
    {
        if (answer.State == UsageAnswerStates.None)
        {
            return MayBeNothing(role, own) ? InquiryVerdict.Removed : InquiryVerdict.Kept;
        }

        if (!answer.Observed || !IsPossible(answer))
        {
            return InquiryVerdict.Kept;
        }

        var known = own.Answer();
        return own.Observed switch
        {
            LeafRow.Unknown => InquiryVerdict.Adopted,

            // Not one byte of it was taken here: no more has left than the buffers of both machines hold.
            LeafRow.Untaken => IsSmall(answer) ? InquiryVerdict.Adopted : InquiryVerdict.Kept,

            // The process was killed that had counted it, and its last bytes with it: who says that less has come is believed.
            LeafRow.Whole when answer.Outcome == UsageOutcomes.Cut && IsLess(known, arrived: answer, left: known, MostOnItsWay) => InquiryVerdict.Adopted,
            LeafRow.Whole => AreSame(own, answer) ? InquiryVerdict.Confirmed : InquiryVerdict.Kept,

            // No consumer tells a provider that what it knows to have let out costs nothing, unless the provider knows so itself.
            _ when answer.State == UsageAnswerStates.Settled && AreSame(own, answer) && (role == FlowRow.Consumer || answer.Outcome is UsageOutcomes.Cut or UsageOutcomes.Ok || (isRepeated && answer.Outcome == UsageOutcomes.Retry)) => InquiryVerdict.Adopted,
            LeafRow.BrokenOff when role == FlowRow.Consumer && TellsWhatLeft(known, answer) => InquiryVerdict.Adopted,
            LeafRow.Partly when role == FlowRow.Consumer && TellsWhatWasAllowed(known, answer) => InquiryVerdict.Adopted,
            LeafRow.BrokenOff when role == FlowRow.Provider && TellsWhatArrived(known, answer) => InquiryVerdict.Adopted,
            _ => InquiryVerdict.Kept,
        };
    }

    // Who saw data flow does not take "there was none" for an answer: denying would make every use free. But what a provider broke off right
    // behind its beginning, or was killed over, may not have got there.
    private static bool MayBeNothing(string role, LeafRow own) => own.Observed switch
    {
        LeafRow.Unknown => true,
        LeafRow.Whole => own.Bytes <= MostOnItsWay,
        LeafRow.BrokenOff when role == FlowRow.Provider => own.Bytes <= MostInMemory,
        _ => own.Bytes == 0,
    };

    // The consumer broke it off. What a provider was killed over, it cannot tell.
    private static bool TellsWhatLeft(UsageAnswer known, UsageAnswer left) =>
        (left.State == UsageAnswerStates.Settled || left.Outcome == UsageOutcomes.Cut) && IsLess(known, arrived: known, left, MostOnItsWay);

    // The consumer had used up its contract, and the provider cut it: what it had in its memory then had been let go, and is taken from the quota.
    private static bool TellsWhatWasAllowed(UsageAnswer known, UsageAnswer left) =>
        left.UsedUp && left.Outcome == UsageOutcomes.Cut && IsLess(known, arrived: known, left, MostInMemory);

    // The provider broke it off, and not the consumer, too: then what left counts.
    private static bool TellsWhatArrived(UsageAnswer known, UsageAnswer arrived) =>
        arrived.Outcome == UsageOutcomes.Cut && !arrived.BrokenOff && IsLess(known, arrived, left: known, MostInMemory);

    private static bool IsLess(UsageAnswer known, UsageAnswer arrived, UsageAnswer left, long most)
    {
        var bytes = left.Bytes - arrived.Bytes;
        return bytes <= most
            && IsNoMore(arrived, left)
            && IsLikely(left.Rows - arrived.Rows, known.Rows, MostInRecord)
            && IsLikely((left.Tokens?.Out - arrived.Tokens?.Out) ?? 0, known.Tokens?.Out ?? 0, 0)
            && IsLikely((left.Tokens?.Data - arrived.Tokens?.Data) ?? 0, known.Tokens?.Data ?? 0, MostInRecord);

        // Of what is missing, by what is known here.
        bool IsLikely(long missing, long of, long inRecord) =>
            missing <= bytes / BytesOfEach
            || missing <= Math.Min(of, inRecord)
            || (known.Bytes > 0 && (Int128)missing * known.Bytes <= (Int128)Denser * of * bytes);
    }

    // A longer text may have fewer tokens: the end of a word can make one of several.
    private static bool IsNoMore(UsageAnswer arrived, UsageAnswer left) =>
        arrived.Bytes <= left.Bytes && arrived.Rows <= left.Rows && (arrived.Tokens, left.Tokens) switch
        {
            (null, null) => true,
            ({ } one, { } other) => one.In == other.In
                && (one.Cached ?? 0) <= (other.Cached ?? 0)
                && one.Out is null == other.Out is null
                && one.Data is null == other.Data is null
                && (one.Data ?? 0) <= (other.Data ?? 0)
                && (one.DataBy ?? []).All(part => (other.DataBy ?? []).Any(whole => whole.Party == part.Party && whole.Tokens >= part.Tokens && whole.Rows >= part.Rows)),
            _ => false,
        };

    private static bool AreSame(LeafRow own, UsageAnswer answer) => answer.Rows == own.Rows && answer.Bytes == own.Bytes && TokenCounts.AreSame(answer.Tokens, own.Tokens);

    // Each row and each token is a byte at the least, but for one record whose values may be empty.
    private static bool IsSmall(UsageAnswer answer)
    {
        var most = answer.Bytes + MostInRecord;
        return answer.Bytes <= MostOnItsWay
            && answer.Rows <= most
            && (answer.Tokens?.In ?? 0) <= MostOnItsWay
            && (answer.Tokens?.Out ?? 0) <= most
            && (answer.Tokens?.Data ?? 0) <= most
            && (answer.Tokens?.DataBy ?? []).All(part => part.Rows <= most);
    }

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
