using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>What the kit asks of a holder: packages <c>presentation.cs</c> and <c>issuance.cs</c>.</summary>
public sealed class HolderKitTests(HolderKit kit) : ConnectorKitTests(kit), IClassFixture<HolderKit>
{
    private static readonly string[] BadTokens =
        ["no header", "no bearer", "fake token", "another audience", "another subject", "nbf in future", "expired", "wrong key"];

    public static TheoryData<string> BadForIssuers() => [.. BadTokens, "iat in future"];

    public static TheoryData<string> BadForVerifiers() => [.. BadTokens, "somebody else"];

    [Fact]
    public async Task Endpoint_is_discovered() => Assert.StartsWith("http", await ServiceAsync(), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(BadForVerifiers))]
    public async Task Query_with_a_bad_token_is_refused(string what)
    {
        await IssueAsync();
        Assert.InRange((await QueryAsync(Header(what, Kit.Verifier, await GrantAsync(MembershipScope)), MembershipScope)).Status, 400, 499);
    }

    [Fact]
    public async Task Query_with_a_key_that_invokes_no_capability_is_refused()
    {
        await IssueAsync();
        Assert.InRange((await QueryAsync(Header("good", Kit.NoCapability, await GrantAsync(MembershipScope)), MembershipScope)).Status, 400, 499);
    }

    [Fact]
    public async Task Jti_is_used_once()
    {
        await IssueAsync();
        var first = Kit.Verifier.Claims(Sut, await GrantAsync(MembershipScope));
        var second = Kit.Verifier.Claims(Sut, await GrantAsync(MembershipScope));
        second["jti"] = (string?)first["jti"];
        Assert.Equal([Membership], await TypesAsync(await QueryAsync("Bearer " + Kit.Verifier.Sign(first), MembershipScope)));
        Assert.InRange((await QueryAsync("Bearer " + Kit.Verifier.Sign(second), MembershipScope)).Status, 400, 499);
    }

    [Theory]
    [InlineData("both", 400)]
    [InlineData("empty scope", 400)]
    [InlineData("no scope", 400)]
    [InlineData("empty definition", 400)]
    [InlineData("null definition", 400)]
    [InlineData("definition", 501)]
    public async Task Query_that_asks_in_another_way_is_refused(string what, int status)
    {
        await IssueAsync();
        var definition = new JsonObject { ["id"] = "d", ["input_descriptors"] = new JsonArray() };
        var content = what switch
        {
            "both" => new JsonObject { ["scope"] = new JsonArray(MembershipScope), ["presentationDefinition"] = definition },
            "empty scope" => new JsonObject { ["scope"] = new JsonArray() },
            "empty definition" => new JsonObject { ["presentationDefinition"] = new JsonObject() },
            "null definition" => new JsonObject { ["presentationDefinition"] = null },
            "definition" => new JsonObject { ["presentationDefinition"] = definition },
            _ => [],
        };
        content["type"] = "PresentationQueryMessage";
        var url = await ServiceAsync() + DcpRoutes.PresentationQuery;
        Assert.Equal(status, (await Kit.SendAsync(url, Message(content), Header("good", Kit.Verifier, await GrantAsync(MembershipScope)))).Status);
    }

    [Fact]
    public async Task Scopes_of_the_query_and_of_the_token_both_bind()
    {
        await IssueAsync();
        Assert.Equal([Membership], await TypesAsync(await QueryAsync(Header("good", Kit.Verifier, await GrantAsync(MembershipScope)), MembershipScope)));
        Assert.Equal([SensitiveData], await TypesAsync(await QueryAsync(Header("good", Kit.Verifier, await GrantAsync(MembershipScope, SensitiveScope)), SensitiveScope)));

        // More than the token allows: fewer presentations, and no refusal.
        Assert.Equal([Membership], await TypesAsync(await QueryAsync(Header("good", Kit.Verifier, await GrantAsync(MembershipScope)), MembershipScope, SensitiveScope)));
    }

    [Fact]
    public async Task Credentials_are_taken_again_and_again_for_the_same_request()
    {
        Assert.InRange(await DeliverAsync(Delivery(), "good"), 200, 299);
        Assert.InRange(await DeliverAsync(Delivery(), "good"), 200, 299);
        var header = Header("good", Kit.Issuer);
        var url = await ServiceAsync() + DcpRoutes.Credentials;
        Assert.InRange((await Kit.SendAsync(url, Message(Delivery()), header)).Status, 200, 299);
        Assert.InRange((await Kit.SendAsync(url, Message(Delivery()), header)).Status, 400, 499);
    }

    [Theory]
    [MemberData(nameof(BadForIssuers))]
    public async Task Credentials_with_a_bad_token_are_refused(string what) => Assert.InRange(await DeliverAsync(Delivery(), what), 400, 499);

    [Theory]
    [InlineData("holderPid", null)]
    [InlineData("status", "INVALID_STATUS")]
    public async Task Credentials_in_bad_order_are_refused(string property, string? value)
    {
        var delivery = Delivery();
        delivery[property] = value;
        Assert.InRange(await DeliverAsync(delivery, "good"), 400, 499);
    }

    [Fact]
    public async Task Offers_are_taken_in_full_and_by_id()
    {
        Assert.InRange(await OfferAsync(Offer(), "good"), 200, 299);
        Assert.InRange(await OfferAsync(Offer(new JsonObject { ["id"] = "membership" }), "good"), 200, 299);
        Assert.InRange(await OfferAsync(Offer(new JsonObject { ["id"] = "nobody-knows" }), "good"), 400, 499);
        var header = Header("good", Kit.Issuer);
        var url = await ServiceAsync() + DcpRoutes.Offers;
        Assert.InRange((await Kit.SendAsync(url, Message(Offer()), header)).Status, 200, 299);
        Assert.InRange((await Kit.SendAsync(url, Message(Offer()), header)).Status, 400, 499);
    }

    [Theory]
    [MemberData(nameof(BadForIssuers))]
    public async Task Offer_with_a_bad_token_is_refused(string what) => Assert.InRange(await OfferAsync(Offer(), what), 400, 499);

    [Fact]
    public async Task Offer_without_its_issuer_is_refused()
    {
        var offer = Offer();
        offer["issuer"] = null;
        Assert.InRange(await OfferAsync(offer, "good"), 400, 499);
    }

    private JsonObject Delivery() => new()
    {
        ["type"] = "CredentialMessage",
        ["issuerPid"] = Guid.NewGuid().ToString(),
        ["holderPid"] = Configuration["dataspacetck.credentials.correlation.id"],
        ["status"] = "ISSUED",
        ["credentials"] = new JsonArray([.. new[] { Membership, SensitiveData }.Select(type => new JsonObject { ["credentialType"] = type, ["format"] = "vc11-sl2021/jwt", ["payload"] = Issue(Sut, type) })]),
    };

    private JsonObject Offer(JsonObject? credential = null) => new()
    {
        ["type"] = "CredentialOfferMessage",
        ["issuer"] = Kit.Issuer.Did.Value,
        ["credentials"] = new JsonArray(credential ?? new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["type"] = "CredentialObject",
            ["credentialType"] = Membership,
            ["offerReason"] = "reissue",
            ["bindingMethods"] = new JsonArray("did:web:"),
            ["profile"] = "vc11-sl2021/jwt",
            ["issuancePolicy"] = new JsonObject(),
        }),
    };

    private async Task IssueAsync() => Assert.InRange(await DeliverAsync(Delivery(), "good"), 200, 299);

    private async Task<int> DeliverAsync(JsonObject message, string token) =>
        (await Kit.SendAsync(await ServiceAsync() + DcpRoutes.Credentials, Message(message), Header(token, Kit.Issuer))).Status;

    private async Task<int> OfferAsync(JsonObject message, string token) =>
        (await Kit.SendAsync(await ServiceAsync() + DcpRoutes.Offers, Message(message), Header(token, Kit.Issuer))).Status;

    private async Task<(int Status, byte[] Body)> QueryAsync(string? header, params string[] scopes) => await Kit.SendAsync(
        await ServiceAsync() + DcpRoutes.PresentationQuery,
        Message(new JsonObject { ["type"] = "PresentationQueryMessage", ["scope"] = new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]) }),
        header);

    private async Task<List<string>> TypesAsync((int Status, byte[] Body) answer)
    {
        Assert.Equal(200, answer.Status);
        var types = new List<string>();
        foreach (var presentation in DcpJson.Read<PresentationResponseMessage>(answer.Body).Presentation)
        {
            var verified = await PresentationJwt.VerifyAsync(presentation.GetString()!, new PresentationExpectation { Holder = Sut, Audience = Kit.Verifier.Did }, Kit.KeyAsync, TimeProvider.System.GetUtcNow());
            types.AddRange(verified.Credentials.SelectMany(credential => credential.Types).Where(type => type != VerifiableCredential.BaseType));
        }

        return types;
    }

    /// <summary>As the kit does: the access token is inside the token that the token service gives.</summary>
    private async Task<string> GrantAsync(params string[] scopes)
    {
        var form = new (string Name, string Value)[]
        {
            ("grant_type", "client_credentials"), ("client_id", Configuration["dataspacetck.sts.client.id"]), ("client_secret", Configuration["dataspacetck.sts.client.secret"]),
            ("audience", Kit.Verifier.Did.Value), ("bearer_access_scope", string.Join(' ', scopes)),
        };
        var (status, body) = await Kit.SendAsync(
            Configuration["dataspacetck.sts.url"] + "/token",
            Encoding.ASCII.GetBytes(string.Join('&', form.Select(field => field.Name + "=" + Uri.EscapeDataString(field.Value)))),
            null,
            "application/x-www-form-urlencoded");
        Assert.Equal(200, status);
        return ProtocolJson.Parse(Jws.ReadUnverified(ProtocolJson.Parse(body).GetProperty("access_token").GetString()!)).GetProperty("token").GetString()!;
    }
}
