using System.Net;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Issuance;

/// <summary>The Issuer Service over real HTTP: a member asks, the credentials come to its Credential Service.</summary>
public sealed class IssuerServiceTests
{
    private const string Grid = "GridOperatorCredential";
    private const string Metadata = AuthorityRoutes.IssuerService + DcpRoutes.Metadata;
    private static readonly string[] Membership = [Object("MembershipCredential", "vc20"), Object("MembershipCredential", "vc11")];

    [Fact]
    public async Task Metadata_and_DID_document_say_what_is_issued_and_where()
    {
        await using var authority = await StartAsync();
        var metadata = await authority.OkAsync<JsonElement>(HttpMethod.Get, Metadata);
        Assert.Null(new DcpSpec().Fault(metadata));
        var supported = DcpJson.Read<IssuerMetadata>(metadata).CredentialsSupported;
        Assert.Equal(16, supported.Count);
        Assert.Equal(8, supported.Count(one => one.Profile == CredentialProfile.Vc11.WireName()));
        foreach (var one in supported)
        {
            await authority.OkAsync<JsonElement>(HttpMethod.Get, new Uri(one.CredentialSchema!).AbsolutePath);
        }

        var document = await authority.OkAsync<JsonElement>(HttpMethod.Get, "/.well-known/did.json");
        var service = Assert.Single(document.GetProperty("service").EnumerateArray());
        Assert.Equal((DcpConstants.IssuerService, authority.Url + AuthorityRoutes.IssuerService), (service.GetProperty("type").GetString(), service.GetProperty("serviceEndpoint").GetString()));
    }

    [Fact]
    public async Task Member_gets_all_that_it_asked_for_in_one_message()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        var request = await alice.AskedAsync(authority, "pid-1", Membership, alice.Token(authority, claims => claims["token"] = "for-the-delivery"));

        var delivery = await alice.NextAsync();
        var message = DcpJson.Read<CredentialMessage>(delivery.Body);
        Assert.Equal((CredentialMessage.Issued, "pid-1", request.Split('/')[^1]), (message.Status, message.HolderPid, message.IssuerPid));
        var token = await SelfIssuedIdToken.VerifyAsync(delivery.Bearer, Did.Parse(alice.Member.Id), KeysOf(authority), authority.Clock.GetUtcNow(), TestContext.Current.CancellationToken);
        Assert.Equal((AuthorityUnderTest.Id, "for-the-delivery"), (token.Issuer.Value, token.AccessToken));
        Assert.Equal(["vc20-bssl/jwt", "vc11-sl2021/jwt"], message.Credentials.Select(one => one.Format));
        foreach (var container in message.Credentials)
        {
            var credential = await CredentialJwt.VerifyAsync(container.Payload, KeysOf(authority), authority.Clock.GetUtcNow(), TestContext.Current.CancellationToken);
            Assert.True(credential.Is(container.CredentialType));
            Assert.Equal((container.Format, alice.Member.Id, 2), (credential.Profile.WireName(), credential.SubjectId, credential.Status.Count));
            Assert.Equal("alice", credential.Subject.GetProperty("name").GetString());
        }

        Assert.True(await authority.Database.WaitUntilAsync(() => alice.StatusAsync(authority, request).GetAwaiter().GetResult() == CredentialStatus.Issued, Deadline.Limit, default));
    }

    [Fact]
    public async Task What_the_operator_has_not_issued_is_rejected_and_the_holder_is_told()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        var request = await alice.AskedAsync(authority, "pid-1", [Membership[0], Object(Grid, "vc20")]);
        var message = DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        Assert.Equal((CredentialMessage.Rejected, 0), (message.Status, message.Credentials.Count));
        Assert.Contains(Grid, message.RejectionReason, StringComparison.Ordinal);
        Assert.Equal(CredentialStatus.Rejected, await alice.StatusAsync(authority, request));

        var issued = await IssueAsync(authority, alice);
        using (var offered = await authority.SendAsync(HttpMethod.Post, AuthorityRoutes.ForCredentialOffer(issued.Id), AuthorityUnderTest.Operator))
        {
            Assert.Equal(HttpStatusCode.Accepted, offered.StatusCode);
        }

        var offer = await alice.NextAsync();
        Assert.Equal("/cs/offers", offer.Path);
        var ids = DcpJson.Read<CredentialOfferMessage>(offer.Body).Credentials.Select(one => one.Id);
        await alice.AskedAsync(authority, "pid-2", ids);
        Assert.Equal(2, DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body).Credentials.Count);

        // Suspended, it is not handed out.
        await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.ForCredentialSuspension(issued.Id), AuthorityUnderTest.Operator);
        await alice.AskedAsync(authority, "pid-3", ids);
        Assert.Equal(CredentialMessage.Rejected, DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body).Status);
    }

    [Fact]
    public async Task All_credentials_of_a_type_are_delivered()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        var names = new[] { (await IssueAsync(authority, alice)).Id, (await IssueAsync(authority, alice)).Id };
        var suspended = await IssueAsync(authority, alice);
        await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.ForCredentialSuspension(suspended.Id), AuthorityUnderTest.Operator);
        await alice.AskedAsync(authority, "pid-1", [Membership[0], Object(Grid, "vc20")]);
        var message = DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        Assert.Equal(3, message.Credentials.Count);
        Assert.Equal(names.Order(), message.Credentials.Where(one => one.CredentialType == Grid).Select(one => CredentialJwt.ReadUnverified(one.Payload).Id!).Order());
    }

    [Fact]
    public async Task What_the_operator_has_revoked_comes_back_by_the_operator_alone()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        await authority.OkAsync<Participant>(
            HttpMethod.Put,
            AuthorityRoutes.ForOrganisation(alice.Member.Id),
            await authority.TokenAsync(alice.Member),
            new Organisation { LegalName = "Alice Ltd.", Contact = new OrganisationContact { Email = "a@alice.example" }, Responsible = new ResponsiblePerson { Name = "Alice", Authorisation = "1" } });
        string[] ids = [Object("OrganisationCredential", "vc20")];
        async Task<CredentialMessage> AskAsync(string pid)
        {
            await alice.AskedAsync(authority, pid, ids);
            return DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        }

        var first = CredentialJwt.ReadUnverified(Assert.Single((await AskAsync("pid-1")).Credentials).Payload).Id!;
        await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.ForCredentialRevocation(first), AuthorityUnderTest.Operator, new CredentialStep("false papers"));
        var refused = await AskAsync("pid-2");
        Assert.Equal((CredentialMessage.Rejected, 0), (refused.Status, refused.Credentials.Count));
        Assert.Contains("operator has revoked it", refused.RejectionReason, StringComparison.Ordinal);

        var again = await authority.OkAsync<IssuedCredential>(
            HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, new CredentialOrder { Type = "OrganisationCredential", Holder = Did.Parse(alice.Member.Id) });
        Assert.Equal(again.Id, CredentialJwt.ReadUnverified(Assert.Single((await AskAsync("pid-3")).Credentials).Payload).Id);
    }

    [Fact]
    public async Task Rejections_that_cannot_be_delivered_count_and_are_no_request_twice()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        alice.Answer = 503;
        string[] ids = [Object(Grid, "vc20")];
        var first = await alice.AskedAsync(authority, "pid-0", ids);
        Assert.Equal(first, await alice.AskedAsync(authority, "pid-0", ids));
        Assert.Equal(CredentialStatus.Rejected, await alice.StatusAsync(authority, first));
        for (var i = 1; i < 20; i++)
        {
            await alice.AskedAsync(authority, $"pid-{i}", ids);
        }

        using var beyond = await alice.AskAsync(authority, "pid-beyond", ids);
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.TooManyRequests, beyond);
    }

    [Fact]
    public async Task Code_of_the_operator_is_good_for_its_member_its_type_and_once()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        await using var bob = await TestHolder.JoinAsync(authority, "bob");
        var code = await authority.OkAsync<CredentialCode>(HttpMethod.Post, AuthorityRoutes.CredentialCodes, AuthorityUnderTest.Operator, CodeFor(alice));
        string With(TestHolder holder, string what) => holder.Token(authority, claims => claims["pre-authorized_code"] = what);
        async Task RefusedAsync(TestHolder holder, string type, string what)
        {
            using var answer = await holder.AskAsync(authority, "pid", [Object(type, "vc20")], With(holder, what));
            Assert.Equal("pre-authorized_code", (await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Forbidden, answer)).GetProperty("term").GetString());
        }

        await RefusedAsync(bob, Grid, code.Code);
        await RefusedAsync(alice, Grid, code.Code + "x");
        await RefusedAsync(alice, "ModelProviderCredential", code.Code);
        await alice.AskedAsync(authority, "pid-1", [Object(Grid, "vc20")], With(alice, code.Code));
        var container = Assert.Single(DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body).Credentials);
        Assert.Equal("G-17", CredentialJwt.ReadUnverified(container.Payload).Subject.GetProperty("licence").GetString());
        await RefusedAsync(alice, Grid, code.Code);

        var late = await authority.OkAsync<CredentialCode>(HttpMethod.Post, AuthorityRoutes.CredentialCodes, AuthorityUnderTest.Operator, CodeFor(alice));
        authority.Clock.Advance(TimeSpan.FromDays(3));
        await RefusedAsync(alice, Grid, late.Code);
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.CredentialCodes, AuthorityUnderTest.Operator, CodeFor(alice) with { Type = "MembershipCredential" });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.CredentialCodes, AuthorityUnderTest.Operator, CodeFor(alice) with { Claims = ProtocolJson.ToElement(new { }) });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.CredentialCodes, AuthorityUnderTest.Operator, CodeFor(alice) with { Lifetime = TimeSpan.FromDays(31) });
        foreach (var until in new[] { TimeSpan.FromDays(-1), TimeSpan.FromDays(2), TimeSpan.FromDays(3000) })
        {
            var refusal = await authority.RefusedAsync(
                HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.CredentialCodes, AuthorityUnderTest.Operator, CodeFor(alice) with { ValidUntil = authority.Clock.GetUtcNow() + until });
            Assert.Equal("validUntil", refusal.GetProperty("term").GetString());
        }
    }

    [Fact]
    public async Task Same_request_while_it_is_under_way_is_one_request_and_an_other_one_is_another()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        alice.Answer = 503;
        var first = await alice.AskedAsync(authority, "pid-1", Membership);
        Assert.Equal(first, await alice.AskedAsync(authority, "pid-1", Membership));
        Assert.NotEqual(first, await alice.AskedAsync(authority, "pid-2", Membership));
        Assert.NotEqual(first, await alice.AskedAsync(authority, "pid-1", [Membership[0]]));
        Assert.NotEqual(first, await alice.AskedAsync(authority, "pid-1", Membership, alice.Token(authority, claims => claims["token"] = "another")));
        Assert.Equal(CredentialStatus.Received, await alice.StatusAsync(authority, first));

        for (var i = 4; i < 20; i++)
        {
            await alice.AskedAsync(authority, $"pid-more-{i}", Membership);
        }

        using var beyond = await alice.AskAsync(authority, "pid-beyond", Membership);
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.TooManyRequests, beyond);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("")]
    public async Task Holder_that_cannot_be_delivered_to_is_rejected(string service)
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        if (service.Length > 0)
        {
            alice.Service = service;
        }
        else
        {
            alice.Answer = 403;
        }

        var request = await alice.AskedAsync(authority, "pid-1", Membership);
        Assert.True(await authority.Database.WaitUntilAsync(() => alice.StatusAsync(authority, request).GetAwaiter().GetResult() == CredentialStatus.Rejected, Deadline.Limit, default));
        Assert.True(alice.HasNone);
    }

    [Fact]
    public async Task Another_key_of_the_authority_brings_holders_what_they_hold_once_more()
    {
        await using var authority = await StartAsync(settings => settings with { Keys = new KeyOptions { PublishAhead = TimeSpan.Zero } });
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        var request = await alice.AskedAsync(authority, "pid-1", [Membership[0]]);
        var first = DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        Assert.True(await authority.Database.WaitUntilAsync(() => alice.StatusAsync(authority, request).GetAwaiter().GetResult() == CredentialStatus.Issued, Deadline.Limit, default));

        await authority.OkAsync<KeyList>(HttpMethod.Post, KeyRoutes.Rotation, AuthorityUnderTest.Operator);
        var again = DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        Assert.Equal((first.IssuerPid, first.HolderPid), (again.IssuerPid, again.HolderPid));
        Assert.NotEqual(Jws.KidOf(first.Credentials[0].Payload, CredentialJwt.MaxLength), Jws.KidOf(again.Credentials[0].Payload, CredentialJwt.MaxLength));
        Assert.Equal(CredentialJwt.ReadUnverified(first.Credentials[0].Payload).Id, CredentialJwt.ReadUnverified(again.Credentials[0].Payload).Id);
    }

    [Fact]
    public async Task Renewal_is_offered_to_a_holder_that_has_asked_before()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        var request = await alice.AskedAsync(authority, "pid-1", [Membership[0]]);
        var first = DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        Assert.True(await authority.Database.WaitUntilAsync(() => alice.StatusAsync(authority, request).GetAwaiter().GetResult() == CredentialStatus.Issued, Deadline.Limit, default));

        authority.Clock.Advance(TimeSpan.FromDays(340));
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Member.Id), AuthorityUnderTest.Operator);
        var offer = DcpJson.Read<CredentialOfferMessage>((await alice.NextAsync()).Body);
        Assert.All(offer.Credentials, one => Assert.Equal(("MembershipCredential", "reissue"), (one.CredentialType, one.OfferReason)));
        await alice.AskedAsync(authority, "pid-2", offer.Credentials.Select(one => one.Id));
        var second = DcpJson.Read<CredentialMessage>((await alice.NextAsync()).Body);
        Assert.True(CredentialJwt.ReadUnverified(second.Credentials[0].Payload).ValidUntil > CredentialJwt.ReadUnverified(first.Credentials[0].Payload).ValidUntil);
    }

    private static string Object(string type, string form) => $"urn:tds:credential-object:{type}:{form}";

    private static Task<AuthorityUnderTest> StartAsync(Func<AuthoritySettings, AuthoritySettings>? change = null) => AuthorityUnderTest.StartAsync(change: settings =>
    {
        var local = settings with { Egress = settings.Egress with { AllowPrivateAddresses = true } };
        return change?.Invoke(local) ?? local;
    });

    private static KeyResolver KeysOf(AuthorityUnderTest authority) => (did, kid, use, _) => Task.FromResult(
        DidDocument.Read(authority.GetAsync("/.well-known/did.json").GetAwaiter().GetResult(), did).Find(kid, use) ?? throw new InvalidOperationException($"no key {kid} for {use}"));

    private static CredentialCodeOrder CodeFor(TestHolder holder) => new() { Type = Grid, Holder = Did.Parse(holder.Member.Id), Claims = Claims() };

    private static JsonElement Claims() => ProtocolJson.Parse(Encoding.UTF8.GetBytes("""{"licence":"G-17","area":"44"}"""));

    private static Task<IssuedCredential> IssueAsync(AuthorityUnderTest authority, TestHolder holder) => authority.OkAsync<IssuedCredential>(
        HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, new CredentialOrder { Type = Grid, Holder = Did.Parse(holder.Member.Id), Claims = Claims() });
}
