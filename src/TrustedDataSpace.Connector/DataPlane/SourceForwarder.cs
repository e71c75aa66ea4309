using System.Net;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Forwards an allowed request to the product's source with YARP and meters what comes back.</summary>
internal sealed class SourceForwarder(IHttpForwarder forwarder, AssetService assets) : IDisposable
{
    // The address of a source is the provider's own setting, so the egress rule for peers does not apply. Redirects still do not:
    // the source's credentials would go with them.
    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    /// <summary>Forwards; returns what was delivered, or null when nothing was, and then throws no data away.</summary>
    /// <exception cref="Protocol.Errors.RefusalException">Unavailable: the source cannot serve this.</exception>
    public async Task<Delivered?> ForwardAsync(HttpContext context, CanonicalTarget target, ProviderFlow flow, AgreementTerms agreement, UsageTicket ticket)
    {
        var transform = new SourceTransform(assets.SourceOf(agreement.AssetId!), target, ticket, agreement.Meter);
        var counter = new RowCounter(agreement.Meter);
        context.Response.Body = new MeteredBody(context.Response.Body, counter);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, flow.Stopped);
        var error = await forwarder.SendAsync(context, "http://source", client, ForwarderRequestConfig.Empty, transform, stop.Token);
        if (transform.Refusal is { } refusal && !context.Response.HasStarted)
        {
            throw refusal;
        }

        if (error == ForwarderError.None)
        {
            return new Delivered(transform.Outcome, transform.Outcome == UsageOutcomes.Ok ? counter.Rows : 0, counter.Bytes);
        }

        // Once the head is out, what left the building counts, whoever broke off.
        return context.Response.HasStarted ? new Delivered(UsageOutcomes.Cut, counter.Rows, counter.Bytes) : throw SourceTransform.Unusable("it did not answer");
    }

    public void Dispose() => client.Dispose();
}
