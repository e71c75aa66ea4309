using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>One participant in two spaces by one process: contracts in both, and whatever gives access in the one is worth nothing in the other.</summary>
public sealed class OneProcessTests(HubSpaces spaces) : IClassFixture<HubSpaces>
{
    private static readonly Did Hub = Did.Parse(HubSpaces.Hub);

    private static readonly string Catalog = "/dsp/2025-1" + DspRoutes.Catalog;

    private static readonly string CatalogRequest = $$"""{"@context":["{{DspConstants.Context}}"],"@type":"CatalogRequestMessage"}""";

    private static readonly string PresentationQuery =
        $$"""{"@context":["{{DcpConstants.Context}}"],"type":"PresentationQueryMessage","scope":["org.eclipse.dspace.dcp.vc.type:MembershipCredential"]}""";

    public static TheoryData<bool> Directions { get; } = [true, false];

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task It_consumes_and_provides_in_each_space_and_shows_there_what_is_of_that_space(bool alpha)
    {
        var (here, there) = Spaces(alpha);
        using (var ready = await here.Hub.GetAsync(new Uri("/health/ready", UriKind.Relative)).Within("an answer"))
        {
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }

        Assert.Equal(here.Space.Id, (await here.Hub.WaitAsync<ConnectorStatus>(ManagementRoutes.Status)).Space);
        var agreements = await here.Hub.GetStringAsync(new Uri(ManagementRoutes.Agreements, UriKind.Relative));
        foreach (var contract in new[] { here.Bought, here.Sold })
        {
            Assert.Contains(contract.Agreement, agreements, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(there.Bought.Agreement, agreements, StringComparison.Ordinal);
        Assert.DoesNotContain(there.Sold.Agreement, agreements, StringComparison.Ordinal);

        // Its evidence is with the authority of that space.
        var evidence = await here.Hub.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        Assert.Equal(evidence.Entries, evidence.Logged);
        Assert.NotEqual(here.Of<KeyStore>(here.Hub).Signing(ParticipantKey.Name).Kid, there.Of<KeyStore>(there.Hub).Signing(ParticipantKey.Name).Kid);
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Tokens_of_the_management_interface_open_the_connector_of_their_space_alone(bool alpha)
    {
        var (here, there) = Spaces(alpha);
        var named = (await here.Hub.PostAsync<TokenSecret>(TokenRoutes.Tokens, new TokenDefinition { Name = "watcher", Scopes = ["status:read"] })).Secret;
        foreach (var token in new[] { here.Hub.DefaultRequestHeaders.Authorization!.Parameter!, named })
        {
            Assert.Equal(HttpStatusCode.OK, await SendAsync(here.Hub, HttpMethod.Get, ManagementRoutes.Status, token));
            Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there.Hub, HttpMethod.Get, ManagementRoutes.Status, token));
        }

        // A client of the secure token service, at that of its connector and at the other.
        var holder = (await here.Hub.PostAsync<TokenSecret>(TokenRoutes.Tokens, new TokenDefinition { Name = "holder", Scopes = ["credentials:write"] })).Secret;
        var client = $"grant_type=client_credentials&client_id=holder&client_secret={holder}&audience={HubSpaces.Hub}&bearer_access_scope=org.eclipse.dspace.dcp.vc.type:MembershipCredential";
        Assert.Equal(HttpStatusCode.OK, await SendAsync(here.Hub, HttpMethod.Post, DcpRoutes.SecureToken, null, client, "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there.Hub, HttpMethod.Post, DcpRoutes.SecureToken, null, client, "application/x-www-form-urlencoded"));
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Access_tokens_of_one_authority_and_self_issued_tokens_of_its_members_are_none_in_the_other_space(bool alpha)
    {
        var (here, there) = Spaces(alpha);
        var member = await here.Of<AccessTokens>(here.Vpp).ForAsync(HubSpaces.Hub, default);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(here.Hub, HttpMethod.Post, Catalog, member, CatalogRequest));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there.Hub, HttpMethod.Post, Catalog, member, CatalogRequest));

        // To the same name, by the same name: the keys differ.
        var sender = here.Of<SelfIssuedSender>(here.Vpp);
        var grant = here.Of<AccessGrants>(here.Hub).Make(Did.Parse(TestSpace.Vpp), [DcpScope.ForType(CredentialOptions.Membership)]);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(here.Hub, HttpMethod.Post, "/dcp" + DcpRoutes.PresentationQuery, sender.Make(Hub, grant), PresentationQuery));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there.Hub, HttpMethod.Post, "/dcp" + DcpRoutes.PresentationQuery, sender.Make(Hub, grant), PresentationQuery));
        var stolen = there.Of<SelfIssuedSender>(there.Vpp).Make(Hub, grant);
        Assert.NotEqual(HttpStatusCode.OK, await SendAsync(there.Hub, HttpMethod.Post, "/dcp" + DcpRoutes.PresentationQuery, stolen, PresentationQuery));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there.Hub, HttpMethod.Post, Catalog, sender.Make(Hub, "token"), CatalogRequest));
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task A_membership_of_one_space_presented_in_the_other_makes_no_member(bool alpha)
    {
        var (here, there) = Spaces(alpha);
        Assert.Equal(TestSpace.Vpp, (await PresentAsync(there)).Id);

        // The holder is a member here, too, and its key is right: it shows the credential of the other space in place of its own.
        var foreign = here.Of<Database>(here.Vpp).Read(connection => CredentialStore.Valid(connection, here.Space.Id, here.Space.Clock.GetUtcNow())).Single(row => row.Types.Contains("Membership", StringComparison.Ordinal));
        var credential = here.Of<KeyStore>(here.Vpp).Open(foreign.Sealed, HeldRow.Context(foreign.Id));
        var database = there.Of<Database>(there.Vpp);
        var own = database.Read(connection => CredentialStore.Valid(connection, there.Space.Id, there.Space.Clock.GetUtcNow()));
        await database.WriteAsync(unit =>
        {
            own.ForEach(row => CredentialStore.Delete(unit, row.Id));
            CredentialStore.Put(unit, [foreign with { Sealed = there.Of<KeyStore>(there.Vpp).Seal(credential, HeldRow.Context(foreign.Id)) }]);
        });
        try
        {
            var refusal = await Assert.ThrowsAsync<RefusalException>(() => PresentAsync(there));
            Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);
        }
        finally
        {
            await database.WriteAsync(unit =>
            {
                CredentialStore.Delete(unit, foreign.Id);
                CredentialStore.Put(unit, own);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Agreements_flows_and_their_tokens_are_unknown_in_the_other_space(bool alpha)
    {
        var (here, there) = Spaces(alpha);

        // Vpp's flow with the hub, at the hub of the other space: by the token and the signature that count at home.
        var token = here.Of<DataTokens>(here.Hub).Issue(here.Sold.Flow, here.Sold.Agreement, TestSpace.Vpp);
        Assert.Equal(HttpStatusCode.OK, await FetchAsync(here.Hub, here.Sold.Flow));
        Assert.Equal(HttpStatusCode.Unauthorized, await FetchAsync(there.Hub, here.Sold.Flow));
        Assert.Equal(HttpStatusCode.Unauthorized, await FetchAsync(there.Hub, there.Sold.Flow));

        // An application's credential, and the agreement of the other space with the right one.
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there.Hub, HttpMethod.Get, $"/consume/{there.Bought.Agreement}", here.Bought.Secret));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(there.Hub, HttpMethod.Get, $"/consume/{here.Bought.Agreement}", there.Bought.Secret));

        // By the management interface and by the protocol, each with what opens it there.
        var management = there.Hub.DefaultRequestHeaders.Authorization!.Parameter!;
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(there.Hub, HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.AgreementById, here.Bought.Agreement), management));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(there.Hub, HttpMethod.Post, ManagementRoutes.Transfers, management, $$"""{"agreementId":"{{here.Bought.Agreement}}"}"""));
        var member = await there.Of<AccessTokens>(there.Vpp).ForAsync(HubSpaces.Hub, default);
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(there.Hub, HttpMethod.Get, "/dsp/2025-1" + DspRoutes.Transfer(here.Sold.Flow), member));
        var start = $$"""
            {"@context":["{{DspConstants.Context}}"],"@type":"TransferRequestMessage","consumerPid":"urn:uuid:1","agreementId":"{{here.Sold.Agreement}}",
            "format":"{{DspConstants.HttpPull}}","callbackAddress":"{{there.Vpp.BaseAddress!.GetLeftPart(UriPartial.Authority)}}/dsp/2025-1"}
            """;
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(there.Hub, HttpMethod.Post, "/dsp/2025-1" + DspRoutes.TransferRequest, member, start));

        async Task<HttpStatusCode> FetchAsync(HttpClient hub, string flow)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{hub.BaseAddress!.GetLeftPart(UriPartial.Authority)}/data/{flow}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("Tds-Purpose", "inference");
            here.Of<ConsumerFlows>(here.Vpp).FindOpen(here.Sold.Agreement)!.Signer!.Sign(request, here.Of<FlowKeys>(here.Hub).Replica, here.Space.Clock.GetUtcNow().ToUnixTimeSeconds());
            using var http = new HttpClient();
            using var answer = await http.SendAsync(request).Within("an answer");
            return answer.StatusCode;
        }
    }

    private (HubSpace Here, HubSpace There) Spaces(bool alpha) => alpha ? (spaces.Alpha, spaces.Beta) : (spaces.Beta, spaces.Alpha);

    /// <summary>Vpp proves itself to the hub of that space by what it holds.</summary>
    private static async Task<Peer> PresentAsync(HubSpace space)
    {
        var grant = space.Of<AccessGrants>(space.Vpp).Make(Hub, [DcpScope.ForType(CredentialOptions.Membership)]);
        var token = await space.Of<SelfIssuedTokens>(space.Hub).VerifyAsync(space.Of<SelfIssuedSender>(space.Vpp).Make(Hub, grant), default);
        return await space.Of<PresentationVerifier>(space.Hub).VerifyAsync(token, default);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient service, HttpMethod method, string target, string? bearer, string? body = null, string contentType = "application/json")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, service.BaseAddress!.GetLeftPart(UriPartial.Authority) + target);
        request.Headers.Add("Tds-Purpose", "inference");
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, contentType);
        }

        using var answer = await http.SendAsync(request).Within(target);
        return answer.StatusCode;
    }
}
