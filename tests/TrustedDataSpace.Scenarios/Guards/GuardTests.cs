using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using Xunit;

namespace TrustedDataSpace.Scenarios.Guards;

/// <summary>
/// All endpoints of both services: each asks for a credential, or stands in the table of those that do not, with the reason. A new endpoint
/// without either fails here; and none that asks lets a bad token through.
/// </summary>
public sealed class GuardTests(GuardSpace space) : IClassFixture<GuardSpace>
{
    /// <summary>Open to all, or guarded by something else than an access token. The reason says by what.</summary>
    private static readonly Dictionary<string, string> Open = new(StringComparer.Ordinal)
    {
        ["authority GET /health/live"] = "tells that it runs",
        ["authority GET /health/ready"] = "tells whether it is ready",
        ["authority GET /.well-known/openid-configuration"] = "public by its nature",
        ["authority GET /.well-known/jwks.json"] = "public by its nature",
        ["authority GET /.well-known/did.json"] = "public by its nature",
        ["authority GET /bundles/space.tar.gz"] = "signed, and read by OPA servers",
        ["authority GET /dcp/issuer/metadata"] = "what is issued is no secret",
        ["authority GET /credentials/status/{list:long}/{purpose}/{form}"] = "signed, and read by whoever is shown a credential",
        ["authority GET /credentials/trust-list"] = "signed, and read by whoever is shown a credential",
        ["authority GET /credentials/schemas/{type}"] = "public by its nature",
        ["authority POST /oauth2/token"] = "the client proves itself: assertion, secret, code with its verifier, refresh token",
        ["authority POST /oauth2/revoke"] = "whoever has a token may end it; a confidential client proves itself",
        ["authority GET /oauth2/authorize"] = "the page that asks who it is",
        ["authority POST /oauth2/authorize"] = "name and password, with anti-forgery and lock-out",
        ["authority POST /api/v1/applications"] = "strangers ask to join; signed by the key that is named",
        ["authority POST /api/v1/payments"] = "signed with the secret of the payment service (Standard Webhooks)",
        ["authority POST /api/v1/invitations"] = "who has the code is invited",
        ["connector GET /api/v1/openapi.json"] = "describes the interface",
        ["connector GET /health/live"] = "tells that it runs",
        ["connector GET /health/ready"] = "tells whether it is ready",
        ["connector GET /.well-known/did.json"] = "public by its nature",
        ["connector GET /.well-known/dspace-version"] = "public by its nature (DSP §4.3)",
        ["connector POST /sts/token"] = "the client proves itself: name and secret of a named token with the scope credentials:write",
        ["connector * /data/{**rest}"] = "the token of a flow, with proof of possession",
        ["connector * /consume/{**rest}"] = "the credential of an application",
        ["connector * /push/{**rest}"] = "the token of a push",
    };

    private static readonly string[] Policies = [ServiceHost.ManagementPolicy, ServiceHost.SpacePolicy, "member-or-operator", SelfIssuedScheme.Name];

    [Fact]
    public void Every_endpoint_asks_for_a_credential_or_stands_in_the_table()
    {
        var open = space.Endpoints.Where(endpoint => endpoint.Policy is null).Select(endpoint => endpoint.Name).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(Open.Keys.Order(StringComparer.Ordinal), open);
        Assert.All(space.Endpoints.Where(endpoint => endpoint.Policy is not null), endpoint => Assert.Contains(endpoint.Policy, Policies));
    }

    [Theory]
    [InlineData(GuardSpace.Authority)]
    [InlineData(GuardSpace.Connector)]
    public async Task No_bad_token_opens_an_endpoint_and_none_breaks_it(string service)
    {
        var bad = space.Bad(service).ToList();
        var endpoints = space.Endpoints.Where(endpoint => endpoint.Service == service && (endpoint.Policy is not null || endpoint.Method == "*")).ToList();
        Assert.True(endpoints.Count > 20);
        using var http = new HttpClient();
        var wrong = new List<string>();
        foreach (var endpoint in endpoints)
        {
            foreach (var (what, header) in bad)
            {
                // Headers beyond the listener's limit are refused before anybody looks at them (431), or by a gate (413).
                var status = await space.SendAsync(http, endpoint, header);
                if (status is not (401 or 403 or 404) && !(status is 413 or 431 && header?.Length > 12_000))
                {
                    wrong.Add($"{endpoint.Name} answers {status} to {what}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Theory]
    [InlineData(GuardSpace.Authority)]
    [InlineData(GuardSpace.Connector)]
    public async Task The_same_tokens_unchanged_open_what_they_are_for_and_nothing_else(string service)
    {
        using var http = new HttpClient();

        // Leaving the space would change what all the others answer.
        foreach (var endpoint in space.Endpoints.Where(endpoint => endpoint.Service == service && endpoint.Policy is not null && !endpoint.Route.EndsWith("/departure", StringComparison.Ordinal)))
        {
            var (management, member) = (await space.SendAsync(http, endpoint, "Bearer " + space.Good(service, management: true)), await space.SendAsync(http, endpoint, "Bearer " + space.Good(service, management: false)));
            if (endpoint.Policy == SelfIssuedScheme.Name)
            {
                // For self-issued tokens alone: neither of the two is one.
                Assert.True((management, member) == (401, 401), endpoint.Name);
                continue;
            }

            Assert.True((management != 401) == (endpoint.Policy != ServiceHost.SpacePolicy), $"{endpoint.Name} answers {management} to a management token");
            Assert.True((member != 401) == (endpoint.Policy != ServiceHost.ManagementPolicy), $"{endpoint.Name} answers {member} to a member");
            Assert.True(management < 500 && member < 500, endpoint.Name);
        }
    }
}
