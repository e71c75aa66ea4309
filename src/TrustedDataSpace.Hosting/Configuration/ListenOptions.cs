using System.Net;

namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>Where a service listens and how others reach it.</summary>
public sealed record ListenOptions
{
    /// <summary>
    /// Address to listen on: <c>https://</c> with an IP address of this machine (0.0.0.0 or [::] for all of them), or <c>http://</c>
    /// on loopback. Default http://127.0.0.1:0 (a free port).
    /// </summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>PEM file with the certificate of the service and those that issued it, the root left out. Needed for https. A changed file is used from the next connection on.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the private key of the certificate, mode 0600. Needed for https.</summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Whether callers are asked for a client certificate in the handshake. None is demanded; whoever shows one when it asks for a transfer gets
    /// access tokens that are bound to it (RFC 8705). For https. Default false: a browser asks its user which certificate to show.
    /// </summary>
    public bool ClientCertificates { get; init; }

    /// <summary>Base address that others use, when it differs from the bound one (a name, or a proxy that ends TLS).</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Largest request body of the control interfaces, bytes. Default 1 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    internal bool IsHttps => Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    internal IPEndPoint EndPoint
    {
        get
        {
            var url = new Uri(Url);
            return new IPEndPoint(AddressOf(url)!, url.Port);
        }
    }

    internal IEnumerable<string> Problems()
    {
        var address = Uri.TryCreate(Url, UriKind.Absolute, out var url) ? AddressOf(url) : null;

        // Credentials would travel readable: refused, no setting turns this off (DESIGN §3 rule 10).
        if (address is null || !(url!.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IPAddress.IsLoopback(address))))
        {
            yield return $"Listen:Url '{Url}' is neither https:// with an IP address nor http:// on loopback, for example https://0.0.0.0:8443 or http://127.0.0.1:8181 (a name belongs in Listen:PublicUrl)";
        }
        else if (PublicUrl is null && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            yield return $"Listen:PublicUrl is missing: others cannot call '{Url}', which stands for all addresses; for example https://connector.example:8443";
        }

        if (IsHttps != (CertificateFile is not null) || IsHttps != (KeyFile is not null))
        {
            yield return "Listen:CertificateFile and Listen:KeyFile go with an https:// address in Listen:Url, all three or none";
        }

        if (ClientCertificates && !IsHttps)
        {
            yield return "Listen:ClientCertificates goes with an https:// address in Listen:Url: behind a proxy that ends TLS no certificate arrives";
        }

        if (PublicUrl is not null && (!Uri.TryCreate(PublicUrl, UriKind.Absolute, out var open)
            || !(open.Scheme == Uri.UriSchemeHttps || (open.Scheme == Uri.UriSchemeHttp && open.IsLoopback))))
        {
            yield return $"Listen:PublicUrl '{PublicUrl}' is neither https:// nor http:// on loopback";
        }
    }

    private static IPAddress? AddressOf(Uri url) =>
        url.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : null;
}
