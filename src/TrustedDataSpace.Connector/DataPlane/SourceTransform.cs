using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// One request on its way to the source and back. Nothing of the caller's headers reaches the source but what is named here: no
/// identity, no token, no hop-by-hop header. The source's credentials are added here and nowhere else.
/// </summary>
internal sealed class SourceTransform(SourceAddress source, CanonicalTarget target, UsageTicket ticket, AgreementTerms agreement) : HttpTransformer
{
    private static readonly string[] Forwarded = ["Accept", "Accept-Language"];

    // Content-Length goes so that the end of the answer is sent only when its use is durably counted.
    private static readonly string[] Withheld = ["Content-Length", "Set-Cookie", "Server", "Alt-Svc", "Strict-Transport-Security"];

    /// <summary>Why the source's answer is not passed on; null when it is.</summary>
    public RefusalException? Refusal { get; private set; }

    /// <summary>How the source answered.</summary>
    public string Outcome { get; private set; } = UsageOutcomes.Error;

    /// <summary>Applies the contract's delivery rule to the answer; null without one, and before there is an answer.</summary>
    public DeliveredBody? Delivered { get; private set; }

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        proxyRequest.RequestUri = SourceExchange.AddressOf(source, target.Path + target.Query);
        foreach (var name in Forwarded)
        {
            if (httpContext.Request.Headers.TryGetValue(name, out var values))
            {
                proxyRequest.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        SourceExchange.AddHeaders(proxyRequest, source);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        (Outcome, Refusal) = SourceExchange.Judge(proxyResponse, agreement);
        if (Refusal is not null)
        {
            httpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
            return false;
        }

        await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        foreach (var name in Withheld)
        {
            httpContext.Response.Headers.Remove(name);
        }

        if (Outcome == UsageOutcomes.Ok && agreement.Delivery is { } rule)
        {
            httpContext.Response.Body = Delivered = new DeliveredBody(httpContext.Response.Body, rule);
        }

        httpContext.Response.Headers[DataHeaders.Usage] = DataHeaders.FormatUsage(ticket.Interval, ticket.Sequence);
        return true;
    }
}
