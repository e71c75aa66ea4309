using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <content>
/// AI tokens are known when an event, a record or a chunk is whole, and what went out before cannot be called back. So a part that is not whole goes
/// out only while a token for each byte of it, which is the most that it can have, is a small share of what is left, and that is taken for it; the rest of it waits
/// until it is whole. Near the end of a budget or a balance nothing goes out that is not counted, and nothing is refused that there is room for.
/// </content>
internal sealed partial class RunningUse
{
    // As much as a lease takes of what remains: others that use the same budget hardly miss it meanwhile.
    private const int PartOfRest = 100;

    private static readonly PolicyReason NotCounted = new(
        "missing_context", "tds:tokens", "what is answered cannot be counted in tokens, so nobody can say what is left of the quota", "ask what is answered in the shape that the contract's meter counts");

    private TokenMeter? tokens;
    private long tokensSeen;
    private DateTimeOffset tokensTakenAt;
    private long loose;

    /// <summary>How many bytes at the end of all that was passed must not go out yet: the next piece, or the end of the answer, says more.</summary>
    public int HeldBack { get; private set; }

    /// <summary>Where the contract limits AI tokens: takes the input, and from now on what goes out. Returns when it may be asked.</summary>
    /// <param name="meter">Counts the use, for the bill.</param>
    /// <exception cref="OperationCanceledException">The quota is used up: it is cut, and the source is not asked.</exception>
    public ValueTask BeginTokensAsync(TokenMeter meter)
    {
        var isLimited = judgement.Request.Agreement.Quotas.Any(quota => quota.Unit == QuotaUnit.Tokens);
        if (count is null || (!isLimited && count.Balance is not { Price.CountsTokens: true }))
        {
            return ValueTask.CompletedTask;
        }

        tokens = meter.Another();
        tokensSeen = tokens.Estimate ?? 0;
        return new ValueTask(BeginTokensAsync(count));
    }

    private async Task BeginTokensAsync(AgreementCount counters)
    {
        if (await PayAsync(counters))
        {
            await TakeAsync(counters, new Volumes(Tokens: tokensSeen));
        }
    }

    // What the answer has taken when this piece has passed; null: nobody knows. Says besides what of it waits.
    private long? Look(AgreementCount counters, TokenMeter meter, ReadOnlySpan<byte> piece, bool isLast)
    {
        meter.Add(piece);
        if (isLast)
        {
            meter.End();
        }

        // Of a part that began in this piece nothing has gone out.
        var part = meter.Unfinished;
        var gone = part.Bytes <= piece.Length ? 0 : loose;
        (HeldBack, loose) = (0, 0);
        if (meter.Estimate is not { } known)
        {
            return null;
        }

        if (part.Bytes == 0)
        {
            return known;
        }

        if (MayFlow(counters, known, part))
        {
            loose = part.Bytes;
            return known + loose;
        }

        // A part without an end, and one that is cut off where the answer ends, is no part that could be counted.
        (HeldBack, loose) = ((int)Math.Min(part.Bytes - gone, int.MaxValue), gone);
        return isLast || HeldBack > UnfinishedPart.Longest ? null : known + loose;
    }

    private bool MayFlow(AgreementCount counters, long known, UnfinishedPart part)
    {
        var rest = counters.Rest(QuotaUnit.Tokens, judgement.Request.Agreement.Quotas, Now);
        if (rest != long.MaxValue && part.MostTokens > (rest + tokensSeen - known) / PartOfRest)
        {
            return false;
        }

        if (counters.Balance is not { } balance)
        {
            return true;
        }

        // Where this is not known nothing goes out either way.
        var cost = balance.Price.Most(CountsOf("", rows!.Rows, rows.Bytes, Ahead(0)));
        var most = balance.Price.Most(CountsOf("", rows.Rows, rows.Bytes, Ahead(part.Bytes, part.MostTokens)));
        return most - cost <= (balance.State.Left + Paid - cost) / PartOfRest;
    }

    // What is counted of it so far, with so many tokens of a part that may become output or data.
    private TokenCounts? Ahead(long part, long? data = null) => tokens?.Estimated is { } known ? known with { Out = known.Out + part, Data = known.Data + (data ?? part) } : null;

    private void GiveBack(AgreementCount counters, long more)
    {
        if (more > 0)
        {
            counters.Untake(new Volumes(Tokens: more), tokensTakenAt);
            taken = taken with { Tokens = taken.Tokens - more };
        }
    }
}
