using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Sends what was pushed on to the consumer's sink and meters it. The sink sees the end only when the use is durably counted.</summary>
internal sealed class PushForwarder(AgreementService agreements, UsageMeter meter, LocalServers servers, ConnectorSettings settings)
{
    private const string Sink = "the sink";
    private const string Provider = "the provider's connector";

    // Longer than a provider may wait for its source.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    /// <exception cref="RefusalException">Unavailable: the sink did not take it; Forbidden: the transfer has stopped; TooLarge.</exception>
    public async Task ForwardAsync(HttpContext context, Push push, ConsumerFlow flow, UsageTicket ticket)
    {
        // Not the end of the request: what had come by then is still read, and counts.
        using var patience = new Patience(flow.Stop.Token);
        var counted = false;
        using var content = new PushContent(
            context.Request.Body, agreements.Find(flow.AgreementId)?.Meter, rule: null, patience, (Provider, Silence, Sink, settings.Data.SourceTimeout))
        {
            BeforeEnd = delivered =>
            {
                counted = true;
                return meter.SettleAsync(ticket, delivered).AsTask();
            },
        };
        try
        {
            await SendAsync(context.Request, push, ticket, content, patience);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            throw Explained(failure, context, flow, patience);
        }
        finally
        {
            // Before anything was taken, nothing was used; the provider's connector knows that, too.
            if (!counted)
            {
                await (content.HasBegun ? meter.SettleAsync(ticket, content.CountedUntilCut(!content.HasFailedToRead && patience.Silent != Provider && !(patience.IsEnded && flow.Stop.IsByPeer) ? CutCause.Here : CutCause.Elsewhere)).AsTask() : meter.ReleaseAsync(ticket));
            }
        }
    }

    private async Task SendAsync(HttpRequest request, Push push, UsageTicket ticket, PushContent content, Patience patience)
    {
        foreach (var name in PushContent.Described)
        {
            if (request.Headers.TryGetValue(name, out var values))
            {
                content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        using var onward = new HttpRequestMessage(HttpMethod.Post, push.Address.Url) { Content = content };
        onward.Headers.TransferEncodingChunked = true;
        onward.Headers.TryAddWithoutValidation(DataHeaders.Usage, DataHeaders.FormatUsage(ticket.Interval, ticket.Sequence));
        onward.Headers.TryAddWithoutValidation(RetryRule.Header, ticket.Claim.IdempotencyKey);
        if (push.Purpose.Length > 0)
        {
            onward.Headers.TryAddWithoutValidation(DataHeaders.Purpose, push.Purpose);
        }

        foreach (var (name, value) in push.Address.Headers)
        {
            onward.Headers.TryAddWithoutValidation(name, value);
        }

        patience.Expect(Sink, settings.Data.SourceTimeout);
        using var answer = await servers.Client.SendAsync(onward, patience.Token);
        if (!answer.IsSuccessStatusCode)
        {
            throw Untaken($"it answered {(int)answer.StatusCode}");
        }
    }

    private static Exception Explained(Exception failure, HttpContext context, ConsumerFlow flow, Patience patience)
    {
        if (flow.Stop.Token.IsCancellationRequested)
        {
            return new RefusalException(RefusalCode.Forbidden, "The transfer was stopped.", failure) { Term = "transfer" };
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            return new OperationCanceledException("The provider's connector broke off.", failure);
        }

        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
            {
                return new RefusalException(RefusalCode.TooLarge, "The delivery is larger than this connector takes.", failure) { Where = "body", Remedy = "deliver less at once; the limit is the consumer's setting Data:LargestPush" };
            }
        }

        return Untaken(patience.Silent is { } who ? $"nothing was heard from {who} for too long" : failure.Message, failure);
    }

    private static RefusalException Untaken(string why, Exception? failure = null) =>
        new(RefusalCode.Unavailable, $"The consumer's sink did not take the delivery: {why}.", failure) { Where = "sink", Remedy = $"send it again under the same {RetryRule.Header}" };
}
