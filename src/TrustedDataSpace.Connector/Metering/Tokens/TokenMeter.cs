using System.Buffers;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// Counts the AI tokens of one use. Both connectors count by the same rule, from the same request and the same answer; the answer is looked at
/// as it flows by, and never held up.
/// </summary>
internal sealed class TokenMeter
{
    /// <summary>Largest body of a request whose input is counted, bytes.</summary>
    public const int LargestRequest = SentBody.LargestUndigested;

    private readonly MeterRule rule;
    private readonly long? input;
    private readonly Func<string?> contentType;
    private AnswerCount? answer;
    private EventLines? events;
    private RowChunks? rows;
    private bool isLastBroken;

    private TokenMeter(MeterRule rule, long? input, Func<string?> contentType) => (this.rule, this.input, this.contentType) = (rule, input, contentType);

    /// <summary>For a use whose request is not counted: data that is pushed.</summary>
    /// <returns>Null where the contract counts no tokens.</returns>
    public static TokenMeter? Of(MeterRule? rule, Func<string?> contentType) => rule is { Unit: MeterRule.Token } ? new TokenMeter(rule, null, contentType) : null;

    /// <summary>Counts the input of a request, whose body is read for that and stands there again.</summary>
    /// <returns>Null where the contract counts no tokens.</returns>
    /// <exception cref="RefusalException">Malformed, Unsupported: it is no such call, or its input cannot be counted; TooLarge; or what the body says of itself.</exception>
    public static ValueTask<TokenMeter?> BeginAsync(HttpContext context, CanonicalTarget target, MeterRule? rule) =>
        rule is { Unit: MeterRule.Token } ? ReadAsync(context, target, rule) : ValueTask.FromResult<TokenMeter?>(null);

    /// <summary>One that counts the same answer beside this one: ahead of it, for a quota.</summary>
    public TokenMeter Another() => new(rule, input, contentType);

    /// <summary>Input, output and retrieved data so far, for a quota: never without what came last, and at a price that does not grow with the answer. Null: not known.</summary>
    public long? Estimate => rule.IsOfCalls
        ? (input ?? 0) + (events is { IsOver: true } || isLastBroken || answer is { IsBroken: true } ? null : answer is null ? 0 : answer.Estimate)
        : rows is null ? 0 : rows.Chunks.Tokens;

    /// <summary>The same one by one, for a price.</summary>
    public TokenCounts Estimated => Estimate is null ? new TokenCounts() : new TokenCounts
    {
        In = rule.IsOfCalls ? input ?? 0 : 0,
        Out = answer?.Estimates?.Out ?? 0,
        Data = rule.IsOfCalls ? answer?.Estimates?.Data ?? 0 : rows?.Chunks.Tokens ?? 0,
    };

    /// <summary>What has come of a part that is counted when it is whole.</summary>
    public UnfinishedPart Unfinished => new(
        !rule.IsOfCalls ? rows?.Unfinished ?? 0 : events is not null ? events.Unfinished : rule.Chunks?.Tokens is null ? 0 : answer?.UnfinishedChunk ?? 0,
        rule.Chunks?.Tokens is not null);

    /// <summary>The same of what was counted in the end.</summary>
    public long? TotalOf(TokenCounts counts) => rule.IsOfCalls ? (counts.In ?? 0) + counts.Out + (rule.Chunks is null ? 0 : counts.Data) : counts.Data;

    /// <summary>The answer is whole: what waits for more is looked at. An event without its end is none in the count, and this looks at it all the same: for a quota only.</summary>
    public void End()
    {
        rows?.End();
        events?.End();
    }

    /// <summary>Looks at a piece of the answer that goes out.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        if (!rule.IsOfCalls)
        {
            (rows ??= new RowChunks(rule.Chunks!)).Add(piece);
            return;
        }

        if (answer is null)
        {
            var streamed = contentType()?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;
            answer = new AnswerCount(rule, streamed);
            events = streamed ? new EventLines(Event) : null;
        }

        if (events is null)
        {
            answer.Add(piece);
        }
        else
        {
            events.Add(piece);
        }
    }

    /// <summary>What was counted.</summary>
    public TokenCounts Counts(string outcome)
    {
        if (outcome is not (UsageOutcomes.Ok or UsageOutcomes.Cut))
        {
            return TokenCounts.None;
        }

        if (!rule.IsOfCalls)
        {
            if (outcome == UsageOutcomes.Ok)
            {
                End();
            }

            return new TokenCounts { Data = rows is null ? 0 : rows.Chunks.Tokens, DataBy = rows is null ? new ChunkCounts(rule.Chunks).ByParty : rows.Chunks.ByParty };
        }

        var counted = answer ?? new AnswerCount(rule, streamed: false);
        if (events is { IsOver: true } || isLastBroken || counted.IsBroken || (events is null && answer is not null && outcome == UsageOutcomes.Ok && !counted.IsWhole))
        {
            counted.Lose();
        }

        return new TokenCounts
        {
            In = input,
            Cached = input is null ? null : Math.Min(input.Value, counted.DeclaredCached ?? 0),
            Out = counted.Out,
            Data = rule.Chunks is null ? null : counted.Chunks.Tokens,
            DataBy = rule.Chunks is null ? null : counted.Chunks.ByParty,
            DeclaredIn = counted.DeclaredIn,
            DeclaredOut = counted.DeclaredOut,
        };
    }

    private static async ValueTask<TokenMeter?> ReadAsync(HttpContext context, CanonicalTarget target, MeterRule rule)
    {
        var (request, response) = (context.Request, context.Response);
        if (!rule.IsOfCalls)
        {
            return new TokenMeter(rule, null, () => response.ContentType);
        }

        CallTarget.Require(request, target, rule);

        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new RefusalException(RefusalCode.Unsupported, "The body is compressed, so its tokens cannot be counted.") { Where = "Content-Encoding", Term = MeterRule.Property, Remedy = "send it as it is" };
        }

        var body = new ArrayBufferWriter<byte>();
        if (request.ContentLength > LargestRequest || !await SentBody.ReadAsync(request.Body, body, context.RequestAborted))
        {
            throw new RefusalException(RefusalCode.TooLarge, $"Input is counted in bodies of up to {LargestRequest} bytes.") { Where = "body", Term = MeterRule.Property, Remedy = "ask with less at once" };
        }

        var counted = RequestText.Count(rule.Format!, body.WrittenMemory);
        request.Body = new MemoryStream(body.WrittenMemory.ToArray());
        request.ContentLength = body.WrittenCount;
        return new TokenMeter(rule, counted, () => response.ContentType);
    }

    private void Event(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            return;
        }

        // Half an event before the one that says why the stream ends is one that did not come whole: it is none.
        answer!.BeginPart();
        answer.Add(data);
        if (isLastBroken && !answer.IsNotice)
        {
            answer.Lose();
        }

        isLastBroken = !answer.IsWhole;
    }
}
