using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// One request on its way to the source and back. Nothing of the caller's headers reaches the source but <see cref="PassedHeaders"/>: no
/// identity, no token, no hop-by-hop header. The source's credentials are added here and nowhere else.
/// </summary>
internal sealed class SourceTransform(Source source, CanonicalTarget target, AgreementTerms agreement, RunningUse use, MeteredBody body) : HttpTransformer
{
    private readonly bool ranges = !SourceExchange.IsOfRows(agreement);

    /// <summary>Why the source's answer is not passed on; null when it is.</summary>
    public RefusalException? Refusal { get; private set; }

    /// <summary>How the source answered.</summary>
    public string Outcome { get; private set; } = UsageOutcomes.Error;

    /// <summary>Whether anything of an answer came.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Whether all of it came. Who answers before the request is read does not read the rest: that fails then, and the answer is whole.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether the answer may end anywhere between two of its parts, and what comes last can say why.</summary>
    public bool EndsCleanly { get; private set; }

    /// <summary>Applies the contract's delivery rule to the answer; null without one, and before there is an answer.</summary>
    public DeliveredBody? Delivered { get; private set; }

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        proxyRequest.RequestUri = SourceExchange.AddressOf(destinationPrefix, target.Path + target.Query);
        PassedHeaders.Copy(httpContext.Request, proxyRequest, ranges);
        SourceExchange.AddHeaders(proxyRequest, source.Headers);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        IsAnswered = proxyResponse is not null;
        (Outcome, Refusal) = SourceExchange.Judge(httpContext.Request.Method, proxyResponse, agreement);
        if (source.Rules.LargestResponse != long.MaxValue && Outcome == UsageOutcomes.Ok && proxyResponse!.Content.Headers.ContentLength > source.Rules.LargestResponse)
        {
            Refusal = SourceExchange.TooLarge(source.Rules.LargestResponse);
        }

        if (Refusal is not null || proxyResponse is null)
        {
            httpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
            if (proxyResponse is not null && SourceExchange.MaySayWhen(proxyResponse.StatusCode))
            {
                httpContext.Response.Headers.RetryAfter = PassedHeaders.RetryAfter(proxyResponse);
            }

            return false;
        }

        // The end of the answer is sent only when its use is counted: by the last piece where it says its length, else behind it.
        var response = httpContext.Response;
        response.StatusCode = (int)proxyResponse.StatusCode;
        PassedHeaders.Copy(proxyResponse, response, ranges);
        response.Headers[DataHeaders.Usage] = DataHeaders.FormatUsage(use.Ticket.Interval, use.Ticket.Sequence);
        RateLimitFields.Write(response, use.Counters, use.Now);
        if (HttpMethods.IsHead(httpContext.Request.Method) && ranges)
        {
            response.ContentLength = proxyResponse.Content.Headers.ContentLength;
        }

        if (Outcome == UsageOutcomes.Ok && agreement.Delivery is { } rule)
        {
            response.Body = Delivered = new DeliveredBody(response.Body, rule);
        }
        else if (SourceExchange.IsEventStream(response))
        {
            EndsCleanly = true;
            proxyResponse.Content = new CuttableContent(proxyResponse.Content, use.EndCleanly());

            // Whoever waits for the first event has the head already.
            await response.Body.FlushAsync(cancellationToken);
        }

        else if (proxyResponse.Content.Headers.ContentLength is > 0 and var length && SourceExchange.HasBody(httpContext.Request.Method, proxyResponse.StatusCode))
        {
            response.ContentLength = length;
            body.EndsAt(length, Outcome);
        }

        return true;
    }

    // What comes behind the body is no part of what passes.
    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        IsWhole = true;
        return ValueTask.CompletedTask;
    }
}
