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

    private TokenMeter(MeterRule rule, long? input, Func<string?> contentType) => (this.rule, this.input, this.contentType) = (rule, input, contentType);

    /// <summary>For a use whose request is not counted: data that is pushed.</summary>
    /// <returns>Null where the contract counts no tokens.</returns>
    public static TokenMeter? Of(MeterRule? rule, Func<string?> contentType) => rule is { Unit: MeterRule.Token } ? new TokenMeter(rule, null, contentType) : null;

    /// <summary>Counts the input of a request, whose body is read for that and stands there again.</summary>
    /// <returns>Null where the contract counts no tokens.</returns>
    /// <exception cref="RefusalException">Malformed, Unsupported: the input cannot be counted; TooLarge; or what the body says of itself.</exception>
    public static ValueTask<TokenMeter?> BeginAsync(HttpContext context, MeterRule? rule) =>
        rule is { Unit: MeterRule.Token } ? ReadAsync(context, rule) : ValueTask.FromResult<TokenMeter?>(null);

    /// <summary>One that counts the same answer beside this one: ahead of it, for a quota.</summary>
    public TokenMeter Another() => new(rule, input, contentType);

    /// <summary>Input, output and retrieved data so far; null: not known.</summary>
    public long? Total => rule.IsOfCalls
        ? (input ?? 0) + (events is { IsOver: true } || answer is { IsBroken: true } ? null : answer is null ? 0 : answer.Out + answer.Chunks.Tokens)
        : rows is null ? 0 : rows.Chunks.Tokens;

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
            rows?.End();
            return new TokenCounts { Data = rows is null ? 0 : rows.Chunks.Tokens, DataBy = rows is null ? new ChunkCounts(rule.Chunks).ByParty : rows.Chunks.ByParty };
        }

        var counted = answer ?? new AnswerCount(rule, streamed: false);
        if (events is { IsOver: true } || counted.IsBroken || (events is null && answer is not null && outcome == UsageOutcomes.Ok && !counted.IsWhole))
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

    private static async ValueTask<TokenMeter?> ReadAsync(HttpContext context, MeterRule rule)
    {
        var (request, response) = (context.Request, context.Response);
        if (!rule.IsOfCalls || !SourceRules.HasBody(request))
        {
            return new TokenMeter(rule, rule.IsOfCalls ? 0 : null, () => response.ContentType);
        }

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

        answer!.BeginPart();
        answer.Add(data);
        if (!answer.IsWhole)
        {
            answer.Lose();
        }
    }
}
