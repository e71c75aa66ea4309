using System.Net;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Calls what this participant has set up itself and what is no source: the sinks of what is pushed to it. Their addresses are its own settings, so the egress rule for peers does not apply. Redirects still do not: the server's credentials would go with them.
/// </summary>
internal sealed class LocalServers : IDisposable
{
    /// <summary>For one request after the other; never changed.</summary>
    public HttpMessageInvoker Client { get; } = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    public void Dispose() => Client.Dispose();
}
