using Microsoft.AspNetCore.Server.Kestrel.Core;
using ListenOptions = TrustedDataSpace.Hosting.Configuration.ListenOptions;

namespace TrustedDataSpace.Hosting;

/// <summary>
/// What a listener takes from whoever connects, before anybody is authenticated. All are said here, those that are the server's defaults,
/// too: an update must not change them unseen. docs/operations.md has the same table.
/// </summary>
internal static class ListenerLimits
{
    /// <summary>More than the data plane takes (8 KiB), so that what is too long is refused there with a reason, not by the server without a word.</summary>
    public const int RequestLine = 16 * 1024;

    /// <summary>All header fields of a request, bytes.</summary>
    public const int Headers = 32 * 1024;

    /// <summary>Open connections. Each costs some KiB when it is idle; 10,000 streams and their callers fit.</summary>
    public const int Connections = 20_000;

    public static void Set(KestrelServerLimits limits, ListenOptions options)
    {
        // Some read a lone line feed as the end of a line, some as part of a field: two readings of one request (CVE-2022-32214). Kestrel reads
        // it as an end unless the process says otherwise.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

        limits.MaxRequestBodySize = options.MaxBodyBytes;
        limits.MaxRequestLineSize = RequestLine;
        limits.MaxRequestHeadersTotalSize = Headers;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxConcurrentConnections = Connections;
        limits.MaxConcurrentUpgradedConnections = 0;

        // Slow-loris: a head that does not become whole, a body that trickles, a reader that does not read.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.HeaderTableSize = 4 * 1024;
        limits.Http2.MaxFrameSize = 16 * 1024;
        limits.Http2.MaxRequestHeaderFieldSize = RequestLine;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}
