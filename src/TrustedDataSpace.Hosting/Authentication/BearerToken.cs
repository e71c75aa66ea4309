using Microsoft.AspNetCore.Http;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Reads the bearer token of a request (RFC 6750 §2.1: header only).</summary>
public static class BearerToken
{
    private const string Prefix = "Bearer ";

    private const string BoundPrefix = DpopProofs.Name + " ";

    /// <summary>The token; null when there is none or more than one header.</summary>
    public static string? Read(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var values = request.Headers.Authorization;
        return values.Count == 1 && values[0] is { } value && value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? value[Prefix.Length..].Trim()
            : null;
    }

    /// <summary>The token of either scheme, Bearer or DPoP (RFC 9449 §7.1), where the service sees to it that the scheme is the token's.</summary>
    public static string? ReadBound(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.Authorization is [{ } value] && value.StartsWith(BoundPrefix, StringComparison.OrdinalIgnoreCase)
            ? value[BoundPrefix.Length..].Trim()
            : Read(request);
    }
}
