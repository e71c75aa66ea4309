using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

public sealed class VerifierTests : IAsyncLifetime
{
    private const string Regulator = "did:web:127.0.0.1%3A9:regulator";
    private const string Grid = "GridOperatorCredential";

    private DcpConnector connector = null!;
    private int made;

    private DcpCounterpart Kit => connector.Kit;

    public async ValueTask InitializeAsync()
    {
        connector = await DcpConnector.StartAsync(new CredentialOptions { Asked = [Grid] });
        await connector.TrustAsync(1, new TrustedIssuer(Did.Parse(Regulator), [Grid]) { Claims = ["licence"] });
    }

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public async Task Holder_of_a_membership_is_let_in(CredentialProfile profile)
    {
        Show(profile, Member(profile: profile));
        Assert.Equal(200, await CatalogAsync());

        var (token, query) = Assert.Single(Kit.Queries);
        Assert.Equal(connector.Did, token.Issuer);
        Assert.Equal(["org.eclipse.dspace.dcp.vc.type:MembershipCredential:read", "org.eclipse.dspace.dcp.vc.type:GridOperatorCredential:read"], query.Scope);
        Assert.Empty(Kit.Faults);
    }

    [Fact]
    public async Task Claims_of_the_credentials_are_those_of_the_peer()
    {
        Show(CredentialProfile.Vc20, Member(), Kit.Issuer.Issue(Kit.Holder.Did, "GridOperatorCredential", new JsonObject
        {
            ["licence"] = "L-1",
            ["areas"] = new JsonArray("south", "east"),
            ["clearance"] = "2",
            ["region"] = "11",
            ["nested"] = new JsonObject { ["x"] = 1 },
        }));
        var peer = await VerifyAsync("t1");

        Assert.Equal((Kit.Holder.Did.Value, "active", "44"), (peer.Id, peer.Membership, peer.Region));
        Assert.Equal(["virtual-power-plant"], peer.Roles);
        Assert.Equal("2", peer.Claims!.Clearance);
        Assert.Equal(["L-1"], peer.Claims.Others!["licence"]);
        Assert.Equal(["south", "east"], peer.Claims.Others["areas"]);

        var common = PolicyInput.Common(
            new PolicyQuestion
            {
                Stage = PolicyStage.Catalog,
                Subject = peer,
                Terms = new CompiledTerms("offer:p:1", "sha-256:00", ProtocolJson.Parse("{}"u8)),
                Product = new ProductFacts("p", "general"),
            },
            "s");
        var input = ProtocolJson.Parse(new EngineQuestion(common, "{}"u8.ToArray()).ToJson().Span).GetProperty("subject").GetProperty("claims");
        Assert.Equal(("44", "2", "L-1"), (input.GetProperty("region").GetString(), input.GetProperty("clearance").GetString(), input.GetProperty("licence")[0].GetString()));
    }

    [Fact]
    public async Task What_an_issuer_that_nobody_believes_says_is_not_heard()
    {
        Show(CredentialProfile.Vc20, Member(), Kit.ThirdParty.Issue(Kit.Holder.Did, "GridOperatorCredential", new JsonObject { ["licence"] = "L-1" }));
        Assert.Null((await VerifyAsync("t1")).Claims);

        // Believed for one type alone: nobody's membership is in its gift.
        Show(CredentialProfile.Vc20, Kit.ThirdParty.Issue(Kit.Holder.Did, DcpConnector.Membership, DcpConnector.MemberClaims()));
        await AssertRefusedAsync("presentation");
    }

    [Fact]
    public async Task Presentation_is_kept_under_its_access_token_and_asked_for_again_under_another()
    {
        Show(CredentialProfile.Vc20, Member());
        await VerifyAsync("t1");
        await VerifyAsync("t1");
        Assert.Single(Kit.Queries);
        await VerifyAsync("t2");
        Assert.Equal(2, Kit.Queries.Count);

        // Not longer than it is good, by its own word.
        connector.Clock.Advance(TimeSpan.FromMinutes(5));
        await VerifyAsync("t1");
        Assert.Equal(3, Kit.Queries.Count);
    }

    [Theory]
    [InlineData(CredentialStatusEntry.Revocation, CredentialProfile.Vc20)]
    [InlineData(CredentialStatusEntry.Suspension, CredentialProfile.Vc20)]
    [InlineData(CredentialStatusEntry.Revocation, CredentialProfile.Vc11)]
    public async Task Credential_that_is_revoked_or_suspended_counts_no_more_even_of_a_kept_presentation(string purpose, CredentialProfile profile)
    {
        var list = new StatusList();
        Publish(list, purpose, profile);
        Show(profile, Member(profile: profile, change: content => content with { Status = [new CredentialStatusEntry(purpose, 5, Kit.DocumentUrl("list"))] }));
        await VerifyAsync("t1");
        await VerifyAsync("t1");
        Assert.Equal(1, Kit.Fetched["list"]);

        list.Set(5, true);
        Publish(list, purpose, profile);
        connector.Clock.Advance(TimeSpan.FromMinutes(1));
        await AssertRefusedAsync("credentialStatus", "t1");
        await AssertRefusedAsync("credentialStatus", "t2");
        Assert.Equal(2, Kit.Fetched["list"]);
    }

    [Fact]
    public async Task Without_its_status_list_no_credential_holds()
    {
        Show(CredentialProfile.Vc20, Member(change: content => content with { Status = [new CredentialStatusEntry(CredentialStatusEntry.Revocation, 5, Kit.DocumentUrl("list"))] }));
        await AssertRefusedAsync("credentialStatus");

        Publish(new StatusList(), CredentialStatusEntry.Revocation, CredentialProfile.Vc20);
        connector.Clock.Advance(TimeSpan.FromSeconds(2));
        await VerifyAsync("t1");
        Kit.Documents.Clear();
        connector.Clock.Advance(TimeSpan.FromMinutes(1));
        await AssertRefusedAsync("credentialStatus", "t1");
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("suspended membership of before")]
    [InlineData("nobody can tell")]
    [InlineData("against its schema")]
    [InlineData("issuer away")]
    [InlineData("stranger")]
    public async Task Credential_that_does_not_hold_is_left_out_and_takes_nothing_from_the_others(string what)
    {
        var list = new StatusList();
        list.Set(5, true);
        Publish(list, what == "revoked" ? CredentialStatusEntry.Revocation : CredentialStatusEntry.Suspension, CredentialProfile.Vc20);
        CredentialContent With(CredentialContent content, string purpose, string name) => content with { Status = [new CredentialStatusEntry(purpose, 5, Kit.DocumentUrl(name))] };
        string Licence(Func<CredentialContent, CredentialContent> change) => Kit.Issuer.Issue(Kit.Holder.Did, Grid, new JsonObject { ["licence"] = "L-1" }, change: change);
        using var key = SigningKey.Generate();
        var other = what switch
        {
            "revoked" => Licence(content => With(content, CredentialStatusEntry.Revocation, "list")),
            "suspended membership of before" => Member(change: content => With(content, CredentialStatusEntry.Suspension, "list")),
            "nobody can tell" => Licence(content => With(content, CredentialStatusEntry.Revocation, "none")),
            "against its schema" => Licence(content => content with { Schema = Kit.DocumentUrl("none") }),
            "issuer away" => CredentialJwt.Sign(Content(Did.Parse(Regulator)) with { Types = [Grid] }, CredentialProfile.Vc20, key),
            _ => CredentialJwt.Sign(Content(Did.Parse("did:web:127.0.0.1%3A9:stranger")) with { Types = [Grid] }, CredentialProfile.Vc20, key),
        };
        Show(CredentialProfile.Vc20, other, Member());
        Assert.Equal(("active", null), ((await VerifyAsync("t1")).Membership, (await VerifyAsync("t1")).Claims));
        Assert.Single(Kit.Queries);
    }

    [Fact]
    public async Task Credential_that_holds_again_counts_again_in_a_kept_presentation()
    {
        var list = new StatusList();
        Publish(list, CredentialStatusEntry.Suspension, CredentialProfile.Vc20);
        Show(CredentialProfile.Vc20, Member(), Kit.Issuer.Issue(
            Kit.Holder.Did, Grid, new JsonObject { ["licence"] = "L-1" }, change: content => content with { Status = [new CredentialStatusEntry(CredentialStatusEntry.Suspension, 5, Kit.DocumentUrl("list"))] }));
        foreach (var suspended in new[] { false, true, false })
        {
            list.Set(5, suspended);
            Publish(list, CredentialStatusEntry.Suspension, CredentialProfile.Vc20);
            connector.Clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(suspended, (await VerifyAsync("t1")).Claims is null);
        }
    }

    [Fact]
    public async Task Issuer_is_believed_for_the_claims_that_are_named_and_no_others()
    {
        await using var other = await DcpConnector.StartAsync(new CredentialOptions { Asked = [Grid] });
        await other.TrustAsync(1, new TrustedIssuer(other.Kit.ThirdParty.Did, [Grid]) { Claims = ["licence"] });
        other.Kit.Present = (token, _) => new PresentationResponseMessage
        {
            Presentation =
            [
                ProtocolJson.ToElement(other.Kit.Holder.Present(token.Issuer,
                [
                    other.Kit.Issuer.Issue(other.Kit.Holder.Did, DcpConnector.Membership, DcpConnector.MemberClaims()),
                    other.Kit.ThirdParty.Issue(other.Kit.Holder.Did, Grid, new JsonObject { ["licence"] = "L-1", ["clearance"] = "9", ["model"] = "m" }),
                ])),
            ],
        };
        var token = await other.Connector.Get<SelfIssuedTokens>().VerifyAsync(other.Kit.Holder.Token(other.Did, "t1"), default);
        var claims = (await other.Connector.Get<PresentationVerifier>().VerifyAsync(token, default)).Claims!;
        Assert.Null(claims.Clearance);
        Assert.Equal(["licence"], claims.Others!.Keys);
    }

    [Fact]
    public async Task Status_list_of_another_issuer_purpose_or_place_says_nothing()
    {
        Show(CredentialProfile.Vc20, Member(change: content => content with { Status = [new CredentialStatusEntry(CredentialStatusEntry.Revocation, 5, Kit.DocumentUrl("list"))] }));
        foreach (var publish in new Action[]
        {
            () => Publish(new StatusList(), CredentialStatusEntry.Revocation, CredentialProfile.Vc20, issuer: Kit.ThirdParty),
            () => Publish(new StatusList(), CredentialStatusEntry.Suspension, CredentialProfile.Vc20),
            () => Publish(new StatusList(), CredentialStatusEntry.Revocation, CredentialProfile.Vc20, address: Kit.DocumentUrl("other")),
            () => Kit.Documents["list"] = "{}"u8.ToArray(),
            () => Kit.Documents["list"] = new byte[7_000_000],
        })
        {
            publish();
            connector.Clock.Advance(TimeSpan.FromSeconds(2));
            await AssertRefusedAsync("credentialStatus");
        }
    }

    [Fact]
    public async Task Credential_must_keep_to_its_schema_and_the_schema_must_be_there()
    {
        Show(CredentialProfile.Vc20, Member(change: content => content with { Schema = Kit.DocumentUrl("schema") }));
        await AssertRefusedAsync("credentialSchema");
        Kit.Documents["schema"] = """{"type":"object","required":["name","space"],"properties":{"name":{"type":"string"},"space":{"type":"string"},"region":{},"roles":{"type":"array"}},"additionalProperties":false}"""u8.ToArray();
        await VerifyAsync("t2");
        connector.Clock.Advance(TimeSpan.FromMinutes(11));
        Kit.Documents["schema"] = """{"type":"object","required":["foo"]}"""u8.ToArray();
        await AssertRefusedAsync("credentialSchema", "t3");
        connector.Clock.Advance(TimeSpan.FromMinutes(11));
        Kit.Documents["schema"] = """{"$ref":"https://elsewhere.example/schema"}"""u8.ToArray();
        await AssertRefusedAsync("credentialSchema", "t4");
    }

    public static TheoryData<string, string> BadPresentations() => new()
    {
        { "nothing", "presentation" },
        { "an object", "presentation" },
        { "no credentials", "presentation" },
        { "another credential", "presentation" },
        { "for another verifier", "aud" },
        { "expired", "exp" },
        { "by somebody else", "kid" },
        { "about somebody else", "credentialSubject.id" },
        { "of another space", "credentialSubject" },
        { "without claims", "credentialSubject" },
        { "ended", "exp" },
        { "not begun", "iat" },
        { "forged", "kid" },
        { "garbage", "form" },
        { "key for something else", "kid" },
    };

    [Theory]
    [MemberData(nameof(BadPresentations))]
    public async Task Bad_presentation_lets_nobody_in(string what, string term)
    {
        var (kit, holder) = (Kit, Kit.Holder);
        var now = connector.Clock.GetUtcNow();
        string Good() => holder.Present(connector.Did, [Member()]);
        object[] shown = what switch
        {
            "nothing" => [],
            "an object" => [new JsonObject { ["type"] = "VerifiablePresentation" }],
            "no credentials" => [holder.Present(connector.Did, [])],
            "another credential" => [holder.Present(connector.Did, [kit.Issuer.Issue(holder.Did, "OtherCredential", DcpConnector.MemberClaims())])],
            "for another verifier" => [holder.Present(kit.ThirdParty.Did, [Member()])],
            "expired" => [holder.Present(connector.Did, [Member()], change: content => content with { IssuedAt = now.AddMinutes(-9), ExpiresAt = now.AddMinutes(-8) })],
            "by somebody else" => [kit.ThirdParty.Present(connector.Did, [Member()])],
            "about somebody else" => [holder.Present(connector.Did, [kit.Issuer.Issue(kit.ThirdParty.Did, DcpConnector.Membership, DcpConnector.MemberClaims())])],
            "of another space" => [holder.Present(connector.Did, [kit.Issuer.Issue(holder.Did, DcpConnector.Membership, DcpConnector.MemberClaims("elsewhere"))])],
            "without claims" => [holder.Present(connector.Did, [kit.Issuer.Issue(holder.Did, DcpConnector.Membership, [])])],
            "ended" => [holder.Present(connector.Did, [Member(change: content => content with { ValidFrom = now.AddDays(-2), ValidUntil = now.AddDays(-1) })])],
            "not begun" => [holder.Present(connector.Did, [Member(change: content => content with { ValidFrom = now.AddDays(1), ValidUntil = now.AddDays(2) })])],
            "forged" => [holder.Present(connector.Did, [CredentialJwt.Sign(Content(kit.Issuer.Did), CredentialProfile.Vc20, kit.ThirdParty.Key)])],
            "garbage" => ["a.b.c"],
            "key for something else" => [Good()],
            _ => throw new ArgumentException(what),
        };
        if (what == "key for something else")
        {
            holder.Uses = [VerificationRelationship.CapabilityInvocation];
        }

        kit.Present = (_, _) => new PresentationResponseMessage { Presentation = [.. shown.Select(one => ProtocolJson.ToElement(one))] };
        await AssertRefusedAsync(term);
        Assert.Equal(401, await CatalogAsync());
    }

    [Fact]
    public async Task Presentation_that_was_shown_before_is_refused()
    {
        var presentation = Kit.Holder.Present(connector.Did, [Member()]);
        Kit.Present = (_, _) => new PresentationResponseMessage { Presentation = [ProtocolJson.ToElement(presentation)] };
        await VerifyAsync("t1");
        await AssertRefusedAsync("jti", "t2");
    }

    [Fact]
    public async Task Holder_that_shows_nothing_is_refused_and_asked_again_the_next_time()
    {
        await AssertRefusedAsync("presentation", "t1");
        Show(CredentialProfile.Vc20, Member());
        await VerifyAsync("t1");
    }

    [Theory]
    [InlineData("no bearer")]
    [InlineData("no access token")]
    [InlineData("another audience")]
    [InlineData("another subject")]
    [InlineData("not yet")]
    [InlineData("over")]
    [InlineData("twice")]
    [InlineData("another's key")]
    [InlineData("no capability")]
    [InlineData("no token")]
    public async Task Bad_token_lets_nobody_in_and_asks_nobody(string what)
    {
        Show(CredentialProfile.Vc20, Member());
        var (holder, now) = (Kit.Holder, connector.Clock.GetUtcNow().ToUnixTimeSeconds());
        holder.Uses = what == "no capability" ? [VerificationRelationship.Authentication] : holder.Uses;
        var token = what switch
        {
            "no access token" => holder.Token(connector.Did),
            "another audience" => holder.Token(Kit.ThirdParty.Did, "t"),
            "another subject" => holder.Token(connector.Did, "t", c => c["sub"] = Kit.ThirdParty.Did.Value),
            "not yet" => holder.Token(connector.Did, "t", c => c["nbf"] = now + 1000),
            "over" => holder.Token(connector.Did, "t", c => (c["iat"], c["exp"]) = (now - 1000, now - 900)),
            "another's key" => holder.Sign(holder.Claims(connector.Did, "t"), Kit.ThirdParty.Key),
            _ => holder.Token(connector.Did, "t"),
        };
        var expected = 0;
        if (what == "twice")
        {
            Assert.Equal(200, await CatalogAsync("Bearer " + token));
            expected = 1;
        }

        Assert.Equal(401, await CatalogAsync(what switch { "no bearer" => token, "no token" => null, _ => "Bearer " + token }));
        Assert.Equal(expected, Kit.Queries.Count);
    }

    private CredentialContent Content(Did issuer) => new()
    {
        Id = "urn:uuid:forged",
        Types = [DcpConnector.Membership],
        Issuer = issuer,
        SubjectId = Kit.Holder.Did.Value,
        Claims = DcpConnector.MemberClaims(),
        ValidFrom = connector.Clock.GetUtcNow(),
        ValidUntil = connector.Clock.GetUtcNow().AddHours(1),
    };

    private string Member(CredentialProfile profile = CredentialProfile.Vc20, Func<CredentialContent, CredentialContent>? change = null) =>
        Kit.Issuer.Issue(Kit.Holder.Did, DcpConnector.Membership, DcpConnector.MemberClaims(), profile, change);

    private void Show(CredentialProfile profile, params string[] credentials) => Kit.Present = (token, _) =>
        new PresentationResponseMessage { Presentation = [ProtocolJson.ToElement(Kit.Holder.Present(token.Issuer, credentials, profile))] };

    private void Publish(StatusList list, string purpose, CredentialProfile profile, DcpRole? issuer = null, Uri? address = null)
    {
        var by = issuer ?? Kit.Issuer;
        var now = connector.Clock.GetUtcNow();
        Kit.Documents["list"] = System.Text.Encoding.ASCII.GetBytes(StatusListCredential.Sign(
            list, new StatusListPublication(address ?? Kit.DocumentUrl("list"), by.Did, purpose, now, now.AddHours(1)), profile, by.Key));
    }

    private async Task<Peer> VerifyAsync(string accessToken)
    {
        var token = await connector.Connector.Get<SelfIssuedTokens>().VerifyAsync(Kit.Holder.Token(connector.Did, accessToken), default);
        return await connector.Connector.Get<PresentationVerifier>().VerifyAsync(token, default);
    }

    private async Task AssertRefusedAsync(string term, string? accessToken = null)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => VerifyAsync(accessToken ?? $"token-{++made}"));
        Assert.Equal((RefusalCode.Unauthenticated, term), (refusal.Code, refusal.Term));
    }

    private Task<int> CatalogAsync() => CatalogAsync("Bearer " + Kit.Holder.Token(connector.Did, $"token-{++made}"));

    private async Task<int> CatalogAsync(string? authorization) => (await Kit.SendAsync(
        connector.Connector.Url + "/dsp/2025-1/catalog/request", DspJson.Write(new CatalogRequestMessage()), authorization)).Status;
}
