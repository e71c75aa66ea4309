using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands.SignIn;

/// <summary>An OpenID provider as its discovery document describes it.</summary>
internal sealed record Provider
{
    [JsonPropertyName("issuer")]
    public required string Issuer { get; init; }

    [JsonPropertyName("authorization_endpoint")]
    public required string AuthorizationEndpoint { get; init; }

    [JsonPropertyName("token_endpoint")]
    public required string TokenEndpoint { get; init; }

    [JsonPropertyName("revocation_endpoint")]
    public string? RevocationEndpoint { get; init; }

    [JsonPropertyName("authorization_response_iss_parameter_supported")]
    public bool SendsIssuer { get; init; }
}

/// <summary>Speaks to the endpoints of an OpenID provider, this authority's or another.</summary>
internal static class TokenEndpointClient
{
    /// <summary>Reads the discovery document.</summary>
    /// <exception cref="CannotStartException">There is none, or it is somebody else's.</exception>
    public static async Task<Provider> DiscoverAsync(string issuer, HttpClient http, CancellationToken cancellation)
    {
        try
        {
            var found = ProtocolJson.Read<Provider>(await http.GetByteArrayAsync(issuer + AuthorityRoutes.OpenIdConfiguration, cancellation));
            string?[] addresses = [found.AuthorizationEndpoint, found.TokenEndpoint, found.RevocationEndpoint ?? found.TokenEndpoint];
            return found.Issuer.TrimEnd('/') == issuer && addresses.All(IsSafe)
                ? found
                : throw new CannotStartException($"{issuer} describes itself as '{found.Issuer}', or has addresses that are neither https:// nor on loopback.");
        }
        catch (HttpRequestException failure) when (failure.InnerException is AuthenticationException)
        {
            throw ServiceClient.NoAnswer(issuer, failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or RefusalException)
        {
            throw new CannotStartException($"{issuer} is no OpenID provider that answers: {failure.Message}", failure);
        }
    }

    /// <summary>Whether secrets may be sent there.</summary>
    public static bool IsSafe(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback));

    /// <summary>Tokens for a form.</summary>
    /// <exception cref="CannotStartException">The provider refuses.</exception>
    public static TokenResponse Ask(string endpoint, IReadOnlyDictionary<string, string> form, HttpClient http)
    {
        using var answer = Send(endpoint, form, http);
        using var stream = answer.Content.ReadAsStream();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return answer.IsSuccessStatusCode ? ProtocolJson.Read<TokenResponse>(bytes.ToArray()) : throw new CannotStartException($"{endpoint} refuses: {ErrorIn(bytes.ToArray())}.");
    }

    /// <summary>The next tokens; null when there are none.</summary>
    public static TokenResponse? Refresh(SavedLogin login, HttpClient http)
    {
        if (login.RefreshToken is null)
        {
            return null;
        }

        try
        {
            return Ask(login.TokenEndpoint, new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = login.Client, ["refresh_token"] = login.RefreshToken }, http);
        }
        catch (CannotStartException refused) when (refused.Message.Contains("invalid_grant", StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>Ends what a login has got. False: the provider did not do it.</summary>
    public static bool Revoke(SavedLogin login, HttpClient http)
    {
        if (login.RevocationEndpoint is null)
        {
            return false;
        }

        try
        {
            using var answer = Send(login.RevocationEndpoint, new Dictionary<string, string> { ["client_id"] = login.Client, ["token"] = login.RefreshToken ?? login.AccessToken }, http);
            return answer.IsSuccessStatusCode;
        }
        catch (CannotStartException)
        {
            return false;
        }
    }

    private static HttpResponseMessage Send(string endpoint, IReadOnlyDictionary<string, string> form, HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        try
        {
            return http.Send(request);
        }
        catch (HttpRequestException failure)
        {
            throw ServiceClient.NoAnswer(endpoint, failure);
        }
    }

    private static string ErrorIn(byte[] body)
    {
        try
        {
            var document = ProtocolJson.Parse(body);
            return document.ValueKind == JsonValueKind.Object && document.TryGetProperty("error", out var error) ? error.ToString() : "no reason given";
        }
        catch (RefusalException)
        {
            return "no reason given";
        }
    }
}
