using System.Globalization;
using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Makes the client of each source. A source is this participant's own setting, so the egress rule for peers does not apply; redirects still
/// are not followed, since its credentials would go with them, and nothing is decompressed here.
/// </summary>
internal sealed class SourceClients(ILogger<ForwarderHttpClientFactory> logger) : ForwarderHttpClientFactory(logger)
{
    /// <summary>Most of an answer's head, KiB.</summary>
    public const int LongestHead = 32;

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.AllowAutoRedirect = false;
        handler.AutomaticDecompression = DecompressionMethods.None;
        handler.UseCookies = false;
        handler.UseProxy = false;
        handler.MaxResponseHeadersLength = LongestHead;
        handler.ConnectTimeout = TimeSpan.FromSeconds(int.Parse(context.NewMetadata![SourceCluster.ConnectSeconds], CultureInfo.InvariantCulture));

        // A caller's trace and baggage say who asks; they end at the connector.
        handler.ActivityHeadersPropagator = null;
    }

    // Only the time for a connection depends on the metadata.
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) => base.CanReuseOldClient(context)
        && context.OldMetadata?[SourceCluster.ConnectSeconds] == context.NewMetadata?[SourceCluster.ConnectSeconds];
}
