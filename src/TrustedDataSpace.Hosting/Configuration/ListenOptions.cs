using System.Net;

namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>Where a service listens and how others reach it.</summary>
public sealed record ListenOptions
{
    /// <summary>Address to listen on. Default http://127.0.0.1:0 (a free port). Plain HTTP is served on loopback only.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Base address that others use, when it differs from the bound one (behind a proxy that ends TLS).</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Largest request body of the control interfaces, bytes. Default 1 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    internal IEnumerable<string> Problems()
    {
        // Credentials would travel readable: refused, no setting turns this off (DESIGN §3 rule 10).
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || !IsLoopback(url.Host))
        {
            yield return $"Listen:Url '{Url}' is not an http:// address on loopback, for example http://127.0.0.1:8181 (put a TLS proxy in front for others)";
        }

        if (PublicUrl is not null && (!Uri.TryCreate(PublicUrl, UriKind.Absolute, out var open)
            || (open.Scheme != Uri.UriSchemeHttps && !IsLoopback(open.Host))))
        {
            yield return $"Listen:PublicUrl '{PublicUrl}' is neither https:// nor on loopback";
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
