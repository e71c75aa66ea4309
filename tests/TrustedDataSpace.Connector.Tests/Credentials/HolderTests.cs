using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

public sealed partial class HolderTests : IAsyncLifetime
{
    private const string Other = "GridOperatorCredential";
    private static readonly DcpSpec Spec = new();

    private static readonly string MembershipScope = DcpScope.ForType(DcpConnector.Membership);
    private static readonly string OtherScope = DcpScope.ForType(Other);

    private DcpConnector connector = null!;
    private HttpClient management = null!;

    private DcpCounterpart Kit => connector.Kit;

    public async ValueTask InitializeAsync()
    {
        connector = await DcpConnector.StartAsync();
        management = connector.Connector.Management();
    }

    public async ValueTask DisposeAsync()
    {
        management.Dispose();
        await connector.DisposeAsync();
    }

    [Fact]
    public async Task Request_reaches_the_issuer_and_its_credentials_are_held_sealed()
    {
        var request = await RequestAsync(code: "pre-authorised-1");
        var (token, message) = Assert.Single(Kit.Requests);
        Assert.Equal((connector.Did, "pre-authorised-1"), (token.Issuer, token.PreAuthorizedCode));
        Assert.Equal((request, "membership"), (message.HolderPid, Assert.Single(message.Credentials).Id));
        Assert.Empty(Kit.Faults);

        var credential = Issue(DcpConnector.Membership);
        Assert.Equal(200, await DeliverAsync(Delivery(request, (DcpConnector.Membership, credential, CredentialProfile.Vc20))));
        Assert.Equal(CredentialRequestStates.Issued, (await GetAsync(request)).State);
        var held = Assert.Single(await HeldAsync());
        Assert.Equal((Kit.Issuer.Did.Value, request, "vc20-bssl/jwt"), (held.Issuer, held.Request, held.Profile));
        Assert.Equal([DcpConnector.Membership], held.Types);

        var row = connector.Connector.Database.Read(connection => connection.QuerySingle<string>("SELECT sealed FROM held_credentials"));
        Assert.DoesNotContain(credential.Split('.')[2], row, StringComparison.Ordinal);
        Assert.DoesNotContain(credential.Split('.')[1], row, StringComparison.Ordinal);
        Assert.Null(connector.Connector.Database.Read(connection => connection.QuerySingle<string?>("SELECT sealed_code FROM credential_requests")));

        Assert.Equal(204, (int)(await management.DeleteAsync($"{ManagementRoutes.Credentials}/{held.Id}")).StatusCode);
        Assert.Empty(await HeldAsync());
    }

    [Fact]
    public async Task The_same_delivery_again_changes_nothing_and_a_renewed_credential_takes_the_place_of_the_one_before()
    {
        var request = await RequestAsync();
        var delivery = Delivery(request, (DcpConnector.Membership, Issue(DcpConnector.Membership), CredentialProfile.Vc20));
        Assert.Equal(200, await DeliverAsync(delivery));
        Assert.Equal(200, await DeliverAsync(delivery));
        var first = Assert.Single(await HeldAsync());
        Assert.Equal(200, await DeliverAsync(Delivery(request, (DcpConnector.Membership, Issue(DcpConnector.Membership), CredentialProfile.Vc20))));
        Assert.NotEqual(first.CredentialId, Assert.Single(await HeldAsync()).CredentialId);
    }

    [Fact]
    public async Task Rejection_is_recorded_with_its_reason_and_does_not_undo_what_was_issued()
    {
        var request = await RequestAsync();
        var rejection = new CredentialMessage { IssuerPid = "i", HolderPid = request, Status = CredentialMessage.Rejected, RejectionReason = "not approved" };
        Assert.Equal(200, await DeliverAsync(rejection));
        Assert.Equal(200, await DeliverAsync(rejection));
        Assert.Equal((CredentialRequestStates.Rejected, "not approved", "i"), ((await GetAsync(request)).State, (await GetAsync(request)).Reason, (await GetAsync(request)).IssuerPid));

        Assert.Equal(200, await DeliverAsync(Delivery(request, (DcpConnector.Membership, Issue(DcpConnector.Membership), CredentialProfile.Vc20))));
        Assert.Equal(409, await DeliverAsync(rejection));
    }

    [Fact]
    public async Task Issuer_that_refuses_the_request_ends_it()
    {
        Kit.RequestStatus = 403;
        var request = await RequestAsync(CredentialRequestStates.Rejected);
        Assert.Contains("403", (await GetAsync(request)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no holderPid", 400)]
    [InlineData("unknown holderPid", 404)]
    [InlineData("another sender", 404)]
    [InlineData("no credentials", 400)]
    [InlineData("another issuer's", 400)]
    [InlineData("about somebody else", 400)]
    [InlineData("another type", 400)]
    [InlineData("another format", 400)]
    [InlineData("forged", 400)]
    [InlineData("ended", 400)]
    [InlineData("garbage", 400)]
    [InlineData("one good, one bad", 400)]
    public async Task Delivery_that_answers_no_request_in_order_is_refused_and_leaves_nothing(string what, int status)
    {
        var request = await RequestAsync();
        var good = Issue(DcpConnector.Membership);
        var issuer = Kit.Issuer;
        var message = what switch
        {
            "no holderPid" => Delivery(request, Good(good)) with { HolderPid = null },
            "unknown holderPid" => Delivery("nobody-asked", Good(good)),
            "no credentials" => Delivery(request),
            "another issuer's" => Delivery(request, Good(Kit.ThirdParty.Issue(connector.Did, DcpConnector.Membership, []))),
            "about somebody else" => Delivery(request, Good(issuer.Issue(Kit.Holder.Did, DcpConnector.Membership, []))),
            "another type" => Delivery(request, (Other, good, CredentialProfile.Vc20)),
            "another format" => Delivery(request, (DcpConnector.Membership, good, CredentialProfile.Vc11)),
            "forged" => Delivery(request, Good(good[..^6] + "AAAAAA")),
            "ended" => Delivery(request, Good(issuer.Issue(connector.Did, DcpConnector.Membership, [], change: content => content with { ValidFrom = content.ValidFrom.AddDays(-2), ValidUntil = content.ValidFrom.AddDays(-1) }))),
            "garbage" => Delivery(request, Good("a.b.c")),
            "one good, one bad" => Delivery(request, Good(good), Good("a.b.c")),
            _ => Delivery(request, Good(good)),
        };
        Assert.Equal(status, await DeliverAsync(message, what == "another sender" ? Kit.ThirdParty : issuer));
        Assert.Empty(await HeldAsync());
        Assert.Equal(CredentialRequestStates.Received, (await GetAsync(request)).State);
    }

    [Fact]
    public async Task Verifier_gets_what_it_asks_for_and_its_access_token_allows_and_no_more()
    {
        await HoldAsync(DcpConnector.Membership, Other);
        var both = Grant(MembershipScope, OtherScope);
        Assert.Equal([DcpConnector.Membership], await QueryAsync(both, MembershipScope));
        Assert.Equal([Other], await QueryAsync(both, OtherScope));
        Assert.Equal([Other, DcpConnector.Membership], await QueryAsync(both, MembershipScope, OtherScope));

        var one = Grant(MembershipScope);
        Assert.Equal([DcpConnector.Membership], await QueryAsync(one, MembershipScope, OtherScope));
        Assert.Empty(await QueryAsync(one, OtherScope));

        var held = (await HeldAsync()).Single(credential => credential.Types.Contains(Other));
        var byId = $"{DcpScope.ById}:{held.CredentialId}";
        Assert.Equal([Other], await QueryAsync(Grant(byId), byId));
        Assert.Empty(await QueryAsync(one, byId));
    }

    [Theory]
    [InlineData("no access token", 401)]
    [InlineData("garbage", 401)]
    [InlineData("another verifier's", 401)]
    [InlineData("over", 401)]
    [InlineData("of another type", 401)]
    [InlineData("another holder's", 401)]
    [InlineData("definition", 501)]
    [InlineData("empty definition", 400)]
    [InlineData("both", 400)]
    [InlineData("no scope", 400)]
    [InlineData("empty scope", 400)]
    [InlineData("unknown scope", 400)]
    [InlineData("another message", 400)]
    public async Task Bad_query_is_answered_with_a_refusal(string what, int status)
    {
        await HoldAsync(DcpConnector.Membership);
        var grant = what switch
        {
            "no access token" => null,
            "garbage" => "garbage",
            "another verifier's" => connector.Connector.Get<AccessGrants>().Make(Kit.ThirdParty.Did, [MembershipScope]),
            "of another type" => connector.Connector.Get<SelfIssuedSender>().Make(connector.Did),
            "another holder's" => Kit.ThirdParty.Token(Kit.Verifier.Did),
            _ => Grant(MembershipScope),
        };
        connector.Clock.Advance(what == "over" ? TimeSpan.FromMinutes(10) : TimeSpan.Zero);
        const string Definition = """{"id":"d","input_descriptors":[]}""";
        var content = what switch
        {
            "definition" => $"\"presentationDefinition\":{Definition}",
            "empty definition" => "\"presentationDefinition\":{}",
            "both" => $"\"presentationDefinition\":{Definition},\"scope\":[\"{MembershipScope}\"]",
            "no scope" => "\"more\":1",
            "empty scope" => "\"scope\":[]",
            "unknown scope" => "\"scope\":[\"org.example:Membership\"]",
            _ => $"\"scope\":[\"{MembershipScope}\"]",
        };
        var type = what == "another message" ? "CredentialOfferMessage" : "PresentationQueryMessage";
        var message = System.Text.Encoding.UTF8.GetBytes($"{{\"@context\":[\"{DcpConstants.Context}\"],\"type\":\"{type}\",{content}}}");
        var (answered, body) = await Kit.SendAsync(connector.Connector.Url + "/dcp/presentations/query", message, "Bearer " + Kit.Verifier.Token(connector.Did, grant));
        Assert.Equal(status, answered);
        Assert.Equal(status, ProtocolJson.Parse(body).GetProperty("status").GetInt32());
    }

    [Theory]
    [InlineData("presentations/query")]
    [InlineData("credentials")]
    [InlineData("offers")]
    public async Task Every_endpoint_asks_for_a_good_token_and_takes_it_once(string path)
    {
        var url = $"{connector.Connector.Url}/dcp/{path}";
        var (kit, now) = (Kit, connector.Clock.GetUtcNow().ToUnixTimeSeconds());
        async Task<int> SendAsync(string? header) => (await kit.SendAsync(url, "{}"u8.ToArray(), header)).Status;
        var verifier = kit.Verifier;
        Assert.Equal(401, await SendAsync(null));
        Assert.Equal(401, await SendAsync(verifier.Token(connector.Did)));
        foreach (var bad in new[]
        {
            "", "garbage", "a.b.c", new string('x', 9000),
            verifier.Token(verifier.Did),
            verifier.Token(connector.Did, change: c => c["sub"] = kit.ThirdParty.Did.Value),
            verifier.Token(connector.Did, change: c => c["nbf"] = now + 1000),
            verifier.Token(connector.Did, change: c => c["iat"] = now + 1000),
            verifier.Token(connector.Did, change: c => (c["iat"], c["exp"]) = (now - 1000, now - 900)),
            verifier.Token(connector.Did, change: c => c["exp"] = now + 10_000),
            verifier.Token(connector.Did, change: c => c.Remove("jti")),
            verifier.Sign(verifier.Claims(connector.Did), kit.ThirdParty.Key),
            "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + verifier.Token(connector.Did).Split('.')[1] + ".",
        })
        {
            Assert.Equal(401, await SendAsync("Bearer " + bad));
        }

        var once = verifier.Token(connector.Did);
        Assert.Equal(400, await SendAsync("Bearer " + once));
        Assert.Equal(401, await SendAsync("Bearer " + once));

        using var second = SigningKey.Generate();
        kit.ThirdParty.MoreKeys.Add(second);
        Assert.Equal(401, await SendAsync("Bearer " + Unnamed(kit.ThirdParty, kit.ThirdParty.Claims(connector.Did))));
        kit.Holder.Uses = [VerificationRelationship.Authentication, VerificationRelationship.AssertionMethod];
        Assert.Equal(401, await SendAsync("Bearer " + kit.Holder.Token(connector.Did)));
        kit.ThirdParty.MoreKeys.Clear();
    }

    [Fact]
    public async Task Offer_is_kept_if_its_issuer_is_believed_and_knows_the_ids()
    {
        var offer = new CredentialOfferMessage { Issuer = Kit.Issuer.Did.Value, Credentials = [new CredentialObject { Id = "x", CredentialType = Other, Profile = "vc11-sl2021/jwt", OfferReason = "reissue" }] };
        Assert.Equal(200, await OfferAsync(offer, Kit.Issuer));
        Assert.Equal(403, await OfferAsync(offer, Kit.ThirdParty));
        Assert.Equal(403, await OfferAsync(offer with { Issuer = Kit.ThirdParty.Did.Value }, Kit.ThirdParty));
        Assert.Equal(403, await OfferAsync(offer with { Issuer = Kit.ThirdParty.Did.Value }, Kit.Issuer));
        Assert.Equal(400, await OfferAsync(offer with { Credentials = [] }, Kit.Issuer));
        Assert.Equal(400, await OfferAsync(offer with { Credentials = [new CredentialObject { Id = "nobody-knows" }] }, Kit.Issuer));
        Assert.Equal(("x", Other), (Assert.Single(Assert.Single(await OffersAsync()).Credentials).Id, (await OffersAsync())[0].Credentials[0].CredentialType));

        Assert.Equal(200, await OfferAsync(offer with { Credentials = [new CredentialObject { Id = "membership" }] }, Kit.Issuer));
        Assert.Equal(new OfferedCredentialView("membership", DcpConnector.Membership, "vc20-bssl/jwt", null), Assert.Single(Assert.Single(await OffersAsync()).Credentials));
    }

    [Fact]
    public async Task Token_service_gives_a_named_client_a_token_for_one_verifier()
    {
        await HoldAsync(DcpConnector.Membership, Other);
        var secret = await NamedTokenAsync("kit", "credentials:write");
        var (status, body) = await TokenAsync(("client_id", "kit"), ("client_secret", secret), ("grant_type", "client_credentials"), ("audience", Kit.Verifier.Did.Value), ("bearer_access_scope", MembershipScope));
        Assert.Equal(200, status);
        var answer = ProtocolJson.Parse(body);
        var token = await Kit.VerifyAsync(answer.GetProperty("access_token").GetString()!, Kit.Verifier);
        Assert.Equal((connector.Did, 120), (token.Issuer, answer.GetProperty("expires_in").GetInt32()));
        Assert.Equal([DcpConnector.Membership], await QueryAsync(token.AccessToken!, MembershipScope, OtherScope));
    }

    [Fact]
    public async Task Token_service_refuses_all_but_its_clients_in_good_order()
    {
        var (secret, narrow) = (await NamedTokenAsync("kit", "credentials:write"), await NamedTokenAsync("other", "assets:read"));
        var good = new (string Name, string Value)[] { ("client_id", "kit"), ("client_secret", secret), ("grant_type", "client_credentials"), ("audience", Kit.Verifier.Did.Value), ("bearer_access_scope", MembershipScope) };
        Assert.Equal(200, (await TokenAsync(good)).Status);
        foreach (var (name, value, status) in new[]
        {
            ("client_id", "other", 401), ("client_secret", narrow, 401), ("client_secret", "", 401), ("client_secret", ConnectorUnderTest.ManagementSecret, 401),
            ("grant_type", "password", 400), ("audience", "did:key:x", 400), ("audience", "", 400), ("bearer_access_scope", "all", 400), ("bearer_access_scope", "org.eclipse.dspace.dcp.vc.type:A:write", 400),
        })
        {
            Assert.Equal(status, (await TokenAsync([.. good.Where(field => field.Name != name), (name, value)])).Status);
        }

        Assert.Equal(401, (await TokenAsync([.. good.Where(field => field.Name is not ("client_id" or "client_secret")), ("client_id", "other"), ("client_secret", narrow)])).Status);
        Assert.Equal(415, (await Kit.SendAsync(connector.Connector.Url + "/sts/token", "{}"u8.ToArray(), null)).Status);
    }

    [Fact]
    public async Task Document_of_the_participant_names_its_credential_service()
    {
        using var http = new HttpClient();
        var document = DidDocument.Read(await http.GetByteArrayAsync(new Uri(connector.Connector.Url + "/.well-known/did.json")), connector.Did);
        Assert.Equal(connector.Connector.Url + "/dcp", document.EndpointOf(DcpConstants.CredentialService));
    }

    private static (string Type, string Jwt, CredentialProfile Profile) Good(string credential) => (DcpConnector.Membership, credential, CredentialProfile.Vc20);

    private static CredentialMessage Delivery(string request, params (string Type, string Jwt, CredentialProfile Profile)[] credentials) => new()
    {
        IssuerPid = "issuer-1",
        HolderPid = request,
        Status = CredentialMessage.Issued,
        Credentials = [.. credentials.Select(one => new CredentialContainer(one.Type, one.Jwt, one.Profile.WireName()))],
    };

    private static string Unnamed(DcpRole role, JsonObject claims)
    {
        var content = System.Buffers.Text.Base64Url.EncodeToString("""{"alg":"ES256","typ":"JWT"}"""u8) + "." + System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return content + "." + System.Buffers.Text.Base64Url.EncodeToString(role.Key.Sign(System.Text.Encoding.ASCII.GetBytes(content)));
    }

    private string Issue(string type, CredentialProfile profile = CredentialProfile.Vc20) => Kit.Issuer.Issue(connector.Did, type, new JsonObject { ["foo"] = "bar" }, profile);

    private string Grant(params string[] scopes) => connector.Connector.Get<AccessGrants>().Make(Kit.Verifier.Did, scopes);

    private async Task<string> RequestAsync(string until = CredentialRequestStates.Received, string? code = null)
    {
        using var answer = await management.PostAsJsonAsync(ManagementRoutes.CredentialRequests, new CredentialRequestStart { Credentials = ["membership"], PreAuthorizedCode = code }, ProtocolJson.Options);
        Assert.Equal(201, (int)answer.StatusCode);
        var request = ProtocolJson.Read<CredentialRequestView>(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(until, (await GetAsync(request.Id, wait: true)).State);
        return request.Id;
    }

    private async Task HoldAsync(params string[] types)
    {
        var request = await RequestAsync();
        Assert.Equal(200, await DeliverAsync(Delivery(request, [.. types.Select(type => (type, Issue(type), CredentialProfile.Vc20))])));
    }

    private async Task<int> DeliverAsync(CredentialMessage message, DcpRole? sender = null) =>
        (await connector.SendAsync(DcpRoutes.Credentials, message, (sender ?? Kit.Issuer).Token(connector.Did))).Status;

    private async Task<int> OfferAsync(CredentialOfferMessage offer, DcpRole sender) =>
        (await connector.SendAsync(DcpRoutes.Offers, offer, sender.Token(connector.Did))).Status;

    private Task<(int Status, byte[] Body)> SendQueryAsync(string grant, params string[] scopes) =>
        connector.SendAsync(DcpRoutes.PresentationQuery, new PresentationQueryMessage { Scope = scopes }, Kit.Verifier.Token(connector.Did, grant));

    /// <returns>The types of what is presented, which is verified as a verifier does.</returns>
    private async Task<List<string>> QueryAsync(string grant, params string[] scopes)
    {
        var (status, body) = await SendQueryAsync(grant, scopes);
        Assert.Equal(200, status);
        Assert.Null(Spec.Fault(ProtocolJson.Parse(body)));
        var types = new List<string>();
        foreach (var presentation in DcpJson.Read<PresentationResponseMessage>(body).Presentation)
        {
            var verified = await PresentationJwt.VerifyAsync(
                presentation.GetString()!, new PresentationExpectation { Holder = connector.Did, Audience = Kit.Verifier.Did }, Kit.KeyAsync, connector.Clock.GetUtcNow());
            types.AddRange(verified.Credentials.Select(credential => credential.Types.Single(type => type != VerifiableCredential.BaseType)));
        }

        return [.. types.Order(StringComparer.Ordinal)];
    }

    private async Task<CredentialRequestView> GetAsync(string id, bool wait = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{ManagementRoutes.CredentialRequests}/{id}");
        if (wait)
        {
            request.Headers.Add("Prefer", "wait=60");
        }

        using var answer = await management.SendAsync(request);
        return ProtocolJson.Read<CredentialRequestView>(await answer.Content.ReadAsByteArrayAsync());
    }

    private async Task<IReadOnlyList<HeldCredential>> HeldAsync() =>
        ProtocolJson.Read<Page<HeldCredential>>(await management.GetByteArrayAsync(new Uri(ManagementRoutes.Credentials, UriKind.Relative))).Items;

    private async Task<IReadOnlyList<CredentialOfferView>> OffersAsync() =>
        ProtocolJson.Read<Page<CredentialOfferView>>(await management.GetByteArrayAsync(new Uri(ManagementRoutes.CredentialOffers, UriKind.Relative))).Items;

    private async Task<string> NamedTokenAsync(string name, string scope)
    {
        using var answer = await management.PostAsJsonAsync("/api/v1/tokens", new TokenDefinition { Name = name, Scopes = [scope] }, ProtocolJson.Options);
        return ProtocolJson.Read<TokenSecret>(await answer.Content.ReadAsByteArrayAsync()).Secret;
    }

    private Task<(int Status, byte[] Body)> TokenAsync(params (string Name, string Value)[] fields) => Kit.SendAsync(
        connector.Connector.Url + "/sts/token",
        System.Text.Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => field.Name + "=" + Uri.EscapeDataString(field.Value)))),
        null,
        "application/x-www-form-urlencoded");
}
