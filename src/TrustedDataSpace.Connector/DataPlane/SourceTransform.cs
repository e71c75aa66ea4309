using System.Net;
using Microsoft.AspNetCore.Http.Features;
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
internal sealed class SourceTransform(SourceAddress source, CanonicalTarget target, UsageTicket ticket, MeterRule? rule) : HttpTransformer
{
    private static readonly string[] Forwarded = ["Accept", "Accept-Language"];

    // Content-Length goes so that the end of the answer is sent only when its use is durably counted.
    private static readonly string[] Withheld = ["Content-Length", "Set-Cookie", "Server", "Alt-Svc", "Strict-Transport-Security"];

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Why the source's answer is not passed on; null when it is.</summary>
    public RefusalException? Refusal { get; private set; }

    /// <summary>How the source answered.</summary>
    public string Outcome { get; private set; } = UsageOutcomes.Error;

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        // Verbatim: the source must get the very string that the policy was asked about.
        proxyRequest.RequestUri = new Uri(source.Base.AbsoluteUri.TrimEnd('/') + target.Path + target.Query, Verbatim);
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
                return rule?.Unit == MeterRule.Row ? CheckCountable(response) : null;
            default:
                return Unusable($"it answered {(int)response.StatusCode}");
        }
    }

    private RefusalException? CheckCountable(HttpResponseMessage response)
    {
        var type = response.Content.Headers.ContentType?.MediaType;
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            return Unusable("its answer is compressed, so its rows cannot be counted");
        }

        return type == rule!.Format ? null : Unusable($"it answered {type ?? "no media type"}, but the contract counts rows of {rule.Format}");
    }

    public static RefusalException Unusable(string why) =>
        new(RefusalCode.Unavailable, $"The data source cannot serve this: {why}.") { Where = "source", Remedy = "nothing was counted; try again later, or tell the provider" };
}
