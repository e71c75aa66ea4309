using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>One request on its way to the provider's connector and back. The application's own credential stays here.</summary>
internal sealed class PeerTransform(ConsumerFlow flow, CanonicalTarget target, string token, UsageClaim claim, Func<long, long, UsageTicket> number, string? application) : HttpTransformer
{
    private const long LargestUnasked = 64 * 1024;

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The use under the provider's number; null when the answer has none.</summary>
    public UsageTicket? Ticket { get; private set; }

    /// <summary>Whether the provider said that nothing was delivered.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether all of the answer came, whatever became of the rest of the request (<see cref="SourceTransform.IsWhole"/>).</summary>
    public bool IsWhole { get; private set; }

    /// <summary>How the provider answered.</summary>
    public string Outcome { get; private set; } = UsageOutcomes.Error;

    /// <summary>Why the provider's answer is not passed on.</summary>
    public RefusalException? Refusal { get; private set; }

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        proxyRequest.RequestUri = new Uri(flow.Endpoint.TrimEnd('/') + target.Path + target.Query, Verbatim);
        ProviderConnections.Mark(proxyRequest, flow);
        PassedHeaders.Copy(httpContext.Request, proxyRequest, ranges: true);
        if (proxyRequest.Content is not null && httpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // How much the source takes is the provider's rule.
            limit.MaxRequestBodySize = SourceProblems.LargestRequest;
        }

        if (proxyRequest.Content is not null && httpContext.Request.ContentLength is not <= LargestUnasked)
        {
            // A refusal comes before it, and not behind a connection that breaks while the body is still being sent.
            proxyRequest.Headers.ExpectContinue = true;
        }

        proxyRequest.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        proxyRequest.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        proxyRequest.Headers.TryAddWithoutValidation(DataHeaders.Purpose, claim.Purpose);
        proxyRequest.Headers.TryAddWithoutValidation(DataHeaders.Request, claim.Request);
        if (application is not null)
        {
            // Named only where the contract asks for it.
            proxyRequest.Headers.TryAddWithoutValidation(DataHeaders.Application, application);
        }

        if (claim.IdempotencyKey is { } key)
        {
            proxyRequest.Headers.TryAddWithoutValidation(RetryRule.Header, key);
        }

        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return false;
        }

        var delivered = proxyResponse.StatusCode is (>= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices) or HttpStatusCode.NotFound;
        var numbered = proxyResponse.Headers.TryGetValues(DataHeaders.Usage, out var values) ? values.FirstOrDefault() : null;
        if (numbered is not null)
        {
            Outcome = SourceExchange.OutcomeOf(httpContext.Request.Method, proxyResponse.StatusCode) == UsageOutcomes.Miss ? UsageOutcomes.Miss : UsageOutcomes.Ok;
            Refusal = DataHeaders.TryParseUsage(numbered, out var interval, out var sequence) ? Count(interval, sequence) : Unnumbered();
        }
        else if (delivered && proxyResponse.StatusCode != HttpStatusCode.NotFound)
        {
            // Data that nobody has counted: taking it would be a use that no record shows.
            Refusal = Unnumbered();
        }

        else if (proxyResponse.StatusCode == HttpStatusCode.Unauthorized && proxyResponse.Headers.Contains(ProofOfPossession.ReplayHeader))
        {
            // Each request is signed once: the platform has sent it a second time by itself, because its connection closed before an answer to the first came.
            Refusal = Unanswered();
        }

        IsRefused = numbered is null && Refusal is null;
        if (Refusal is not null)
        {
            httpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
            return false;
        }

        await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (numbered is not null && !HttpMethods.IsHead(httpContext.Request.Method))
        {
            // The end of the answer is sent only when its use is durably counted here, too.
            httpContext.Response.Headers.ContentLength = null;
        }

        httpContext.Response.Headers.SetCookie = default;
        httpContext.Response.Headers.Remove(ProofOfPossession.ReplicaHeader);
        if (numbered is not null && SourceExchange.IsEventStream(httpContext.Response))
        {
            // Whoever waits for the first event has the head already.
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }

        return true;
    }

    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        IsWhole = true;
        return base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }

    /// <summary>No answer came.</summary>
    public static RefusalException Unanswered() => new(RefusalCode.Unavailable, "The provider's connector did not answer.")
    {
        Where = "provider",
        Remedy = $"try again, under the same {RetryRule.Header}: should the provider have counted this one, it counts once",
    };

    private RefusalException? Count(long interval, long sequence)
    {
        try
        {
            Ticket = number(interval, sequence);
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal;
        }
    }

    private static RefusalException Unnumbered() =>
        new(RefusalCode.Unavailable, "The provider's answer carries no valid number of its use, so it could not be counted on both sides.") { Where = DataHeaders.Usage };
}
