using System.Net;
using System.Net.Sockets;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>
/// Decides on the address actually connected to, so that a name that resolves differently a moment later (DNS rebinding) or a
/// redirect gains nothing (DESIGN §3 rule 4).
/// </summary>
public static class EgressRule
{
    /// <summary>A handler that connects only where the rule allows and follows no redirect.</summary>
    /// <exception cref="InvalidOperationException">The file of trusted certificates cannot be used.</exception>
    public static SocketsHttpHandler CreateHandler(EgressOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        SslOptions = PeerTrust.ClientOptions(options),
        ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, options, cancellation),
    };

    /// <summary>Whether the address lies in the public network.</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return !(IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal
                || address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any) || EmbedsIPv4(address));
        }

        var b = address.GetAddressBytes();
        return !(b[0] is 0 or 10 or 127 or >= 224
            || (b[0] == 100 && b[1] is >= 64 and < 128)
            || (b[0] == 169 && b[1] == 254)
            || (b[0] == 172 && b[1] is >= 16 and < 32)
            || (b[0] == 192 && b[1] == 168)
            || (b[0] == 192 && b[1] == 0 && b[2] is 0 or 2)
            || (b[0] == 198 && b[1] is 18 or 19));
    }

    // NAT64 (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16) carry an IPv4 address that the rule would not see.
    private static bool EmbedsIPv4(IPAddress address)
    {
        var b = address.GetAddressBytes();
        return (b[0] == 0x20 && b[1] == 0x02) || (b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b);
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, EgressOptions options, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellation);
        var allowed = options.AllowPrivateAddresses ? addresses : Array.FindAll(addresses, IsPublic);
        if (allowed.Length == 0)
        {
            throw new HttpRequestException($"{target.Host} is not reachable under the egress rule: it has no public address (Egress:AllowPrivateAddresses is off).");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, cancellation);

            // The handler asks for it, and a connection that is broken by then would fail there with an exception of another type.
            _ = socket.RemoteEndPoint;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
