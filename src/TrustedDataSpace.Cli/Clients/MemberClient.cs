using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>
/// Acts for a member with its key, as other software of that member could: asks the authority for access tokens, and a provider
/// for data tokens, without the member's connector in between.
/// </summary>
internal sealed class MemberClient(HttpClient http, ServiceAccess authority, string member, SigningKey key, TimeProvider clock)
{
    private const string DspBase = "/dsp/" + DspConstants.Version;
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>An access token of the space (RFC 6749 §4.4 with RFC 7523).</summary>
    /// <param name="audience">DID of whom it is for.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<string> AccessTokenAsync(string audience, CancellationToken cancellation)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = member,
            ["client_assertion_type"] = AssertionType,
            ["client_assertion"] = Assertion(),
            ["resource"] = audience,
        });
        using var response = await http.PostAsync(authority.Url + AuthorityRoutes.Token, form, cancellation);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<TokenResponse>(cancellation))!.AccessToken;
    }

    /// <summary>A new data token of a started transfer, as a consumer asks for it when the old one ends.</summary>
    /// <param name="provider">The provider's connector.</param>
    /// <param name="flow">The provider's process id of the transfer.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<string> DataTokenAsync(ServiceAccess provider, string flow, CancellationToken cancellation)
    {
        var client = new ServiceClient(http, provider.Url!, await AccessTokenAsync(provider.Id, cancellation));
        var answer = await client.PostAsync<JsonObject>($"/data-tokens/{Uri.EscapeDataString(flow)}", new { }, cancellation);
        return (string)answer["access_token"]!;
    }

    /// <summary>Asks a provider for a contract (DSP §7.2.1), whatever its catalog shows.</summary>
    /// <param name="provider">The provider's connector.</param>
    /// <param name="offer">The offer as published, with its target.</param>
    /// <param name="callback">Address of the member's own connector.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <returns>The provider's process id.</returns>
    public async Task<string> RequestContractAsync(ServiceAccess provider, PolicyDocument offer, string callback, CancellationToken cancellation)
    {
        var client = new ServiceClient(http, provider.Url!, await AccessTokenAsync(provider.Id, cancellation));
        var request = new ContractRequestMessage
        {
            ConsumerPid = Guid.NewGuid().ToString(),
            Offer = offer,
            CallbackAddress = callback + DspBase,
        };
        var answer = await client.PostAsync<JsonElement>(DspBase + DspRoutes.NegotiationRequest, DspJson.ToElement(request), cancellation);
        return DspJson.Read<ContractNegotiation>(answer).ProviderPid;
    }

    private string Assertion()
    {
        var now = clock.GetUtcNow();
        return Jwt.Sign(
            new JsonObject
            {
                ["iss"] = member,
                ["sub"] = member,
                ["aud"] = authority.Url + AuthorityRoutes.Token,
                ["jti"] = Guid.NewGuid().ToString(),
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = now.AddMinutes(1).ToUnixTimeSeconds(),
            },
            key,
            TokenTypes.ClientAssertion);
    }
}
