using System.Net;
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

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Why the source's answer is not passed on; null when it is.</summary>
    public RefusalException? Refusal { get; private set; }

    /// <summary>How the source answered.</summary>
    public string Outcome { get; private set; } = UsageOutcomes.Error;

    /// <summary>Applies the contract's delivery rule to the answer; null without one, and before there is an answer.</summary>
    public DeliveredBody? Delivered { get; private set; }

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        // Verbatim: the source must get the very string that the policy was asked about.
        // An empty path goes out as '/' (RFC 9112 §3.2.1), which a verbatim address does not do by itself.
        var path = source.Base.AbsolutePath.TrimEnd('/') + target.Path;
        proxyRequest.RequestUri = new Uri(source.Base.GetLeftPart(UriPartial.Authority) + (path.Length == 0 ? "/" : path) + target.Query, Verbatim);
        foreach (var name in Forwarded)
        {
            if (httpContext.Request.Headers.TryGetValue(name, out var values))
            {
                proxyRequest.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        // Compressed rows could not be counted.
        proxyRequest.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in source.Headers)
        {
            proxyRequest.Headers.TryAddWithoutValidation(name, value);
        }

        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        Refusal = proxyResponse is null ? Unusable("it did not answer") : Check(proxyResponse);
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

    private RefusalException? Check(HttpResponseMessage response)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.NotFound or HttpStatusCode.NoContent:
                Outcome = UsageOutcomes.Miss;
                return null;
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                Outcome = UsageOutcomes.Ok;
                return agreement.Meter.Unit == MeterRule.Row ? CheckReadable(response, agreement.Meter.Format!)
                    : agreement.Delivery is { } rule ? CheckReadable(response, rule.Format)
                    : null;
            default:
                return Unusable($"it answered {(int)response.StatusCode}");
        }
    }

    private static RefusalException? CheckReadable(HttpResponseMessage response, string format)
    {
        var type = response.Content.Headers.ContentType?.MediaType;
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            return Unusable("its answer is compressed, so its rows can be neither counted nor filtered");
        }

        return type == format ? null : Unusable($"it answered {type ?? "no media type"}, but the contract is about rows of {format}");
    }

    public static RefusalException Unusable(string why) =>
        new(RefusalCode.Unavailable, $"The data source cannot serve this: {why}.") { Where = "source", Remedy = "nothing was counted; try again later, or tell the provider" };
}
