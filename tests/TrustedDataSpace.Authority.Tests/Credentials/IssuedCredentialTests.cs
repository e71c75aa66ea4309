using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Credentials;

/// <summary>Credentials of the register through the steps of membership, the operator's own, and the lists that say how they stand.</summary>
public sealed class IssuedCredentialTests(IssuedCredentialTests.Untouched untouched) : IClassFixture<IssuedCredentialTests.Untouched>
{
    private const string Membership = "MembershipCredential";
    private const string Grid = "GridOperatorCredential";

    [Fact]
    public async Task Membership_is_credited_suspended_resumed_and_revoked_with_the_steps()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var issued = Assert.Single(await OfAsync(authority, alice));
        Assert.Equal((Membership, CredentialStates.Active, "alice"), (issued.Type, issued.State, issued.Claims.GetProperty("name").GetString()));
        await AssertBitsAsync(authority, issued, revoked: false, suspended: false);

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        await AssertBitsAsync(authority, issued, revoked: false, suspended: true);

        // The token's credential and the register's are one: the same name, the same end.
        var back = await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        await AssertBitsAsync(authority, issued, revoked: false, suspended: false);
        var token = MembershipCredential.Verify(back.Credential!, Did.Parse(AuthorityUnderTest.Id), Did.Parse(alice.Id), [authority.SigningKey.Public], authority.Clock.GetUtcNow());
        Assert.Equal((issued.Id, issued.ValidUntil), (token.CredentialId, token.ValidUntil));

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForDeparture(alice.Id), AuthorityUnderTest.Operator);
        await AssertBitsAsync(authority, issued, revoked: true, suspended: false);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        await AssertBitsAsync(authority, issued, revoked: true, suspended: false);
        Assert.Equal([CredentialStates.Revoked, CredentialStates.Active], (await OfAsync(authority, alice)).Select(one => one.State));
        Assert.Equal(
            [EvidenceKinds.CredentialIssued, EvidenceKinds.CredentialSuspended, EvidenceKinds.CredentialResumed, EvidenceKinds.CredentialRevoked, EvidenceKinds.CredentialIssued],
            Evidence(authority, "credential.").Select(entry => entry.Kind));
    }

    [Fact]
    public async Task Operator_issues_to_a_member_what_the_type_allows_and_revokes_it()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var issued = await IssueAsync(authority, alice, """{"licence":"G-17","area":"44"}""");
        Assert.Equal((Grid, CredentialStates.Active), (issued.Type, issued.State));
        Assert.Equal(issued.Id, (await authority.OkAsync<IssuedCredential>(HttpMethod.Get, AuthorityRoutes.ForCredential(issued.Id), AuthorityUnderTest.Operator)).Id);

        await ChangeAsync(authority, AuthorityRoutes.ForCredentialSuspension(issued.Id));
        await AssertBitsAsync(authority, issued, revoked: false, suspended: true);
        await ChangeAsync(authority, AuthorityRoutes.ForCredentialResumption(issued.Id));
        var revoked = await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.ForCredentialRevocation(issued.Id), AuthorityUnderTest.Operator, new CredentialStep("licence withdrawn"));
        Assert.Equal((CredentialStates.Revoked, "licence withdrawn"), (revoked.State, revoked.Reason));
        await AssertBitsAsync(authority, issued, revoked: true, suspended: false);

        // For good, and once: the same order again changes nothing.
        await ChangeAsync(authority, AuthorityRoutes.ForCredentialRevocation(issued.Id));
        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.ForCredentialResumption(issued.Id), AuthorityUnderTest.Operator);
        Assert.Equal(1, Evidence(authority, EvidenceKinds.CredentialRevoked).Count(entry => entry.Data.GetProperty("credentialId").GetString() == issued.Id));

        // What it says is for the holder, not for the log.
        Assert.DoesNotContain(Evidence(authority, "credential."), entry => entry.Data.GetRawText().Contains("G-17", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"type":"Unknown","holder":"did:web:alice.example","claims":{}}""", HttpStatusCode.NotFound, "type")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:nobody.example","claims":{"licence":"G","area":"44"}}""", HttpStatusCode.NotFound, null)]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:bob.example","claims":{"licence":"G","area":"44"}}""", HttpStatusCode.Conflict, "holder")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:alice.example"}""", HttpStatusCode.BadRequest, "claims")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:alice.example","claims":{"licence":"G"}}""", HttpStatusCode.BadRequest, "claims")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:alice.example","claims":{"licence":"G","area":"44","id":"did:web:bob.example"}}""", HttpStatusCode.BadRequest, "claims")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:alice.example","claims":[]}""", HttpStatusCode.BadRequest, "claims")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:alice.example","claims":{"licence":"G","area":"44"},"validUntil":"2020-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest, "validUntil")]
    [InlineData("""{"type":"GridOperatorCredential","holder":"did:web:alice.example","claims":{"licence":"G","area":"44"},"validUntil":"2999-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest, "validUntil")]
    [InlineData("""{"type":"MembershipCredential","holder":"did:web:alice.example","claims":{"name":"other"}}""", HttpStatusCode.BadRequest, "claims")]
    [InlineData("""{"type":"MembershipCredential","holder":"did:web:alice.example","validUntil":"2020-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest, "validUntil")]
    [InlineData("""{"type":"OrganisationCredential","holder":"did:web:alice.example"}""", HttpStatusCode.Conflict, "organisation")]
    public async Task Order_that_is_wrong_issues_nothing(string order, HttpStatusCode status, string? term)
    {
        var (authority, alice) = (untouched.Authority, untouched.Alice);
        var refusal = await authority.RefusedAsync(status, HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(order)));
        Assert.Equal(term, refusal.TryGetProperty("term", out var named) ? named.GetString() : null);
        Assert.Single(await OfAsync(authority, alice));
    }

    [Fact]
    public async Task Suspended_member_gets_nothing_and_nothing_of_it_is_resumed()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var membership = Assert.Single(await OfAsync(authority, alice));
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.ForCredentialResumption(membership.Id), AuthorityUnderTest.Operator);
        await authority.RefusedAsync(
            HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, new CredentialOrder { Type = Membership, Holder = Did.Parse(alice.Id) });
        await AssertBitsAsync(authority, membership, revoked: false, suspended: true);
    }

    [Fact]
    public async Task Membership_ends_with_the_members_standing_and_not_by_itself()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var membership = Assert.Single(await OfAsync(authority, alice));
        foreach (var route in new[] { AuthorityRoutes.ForCredentialRevocation(membership.Id), AuthorityRoutes.ForCredentialSuspension(membership.Id) })
        {
            var refusal = await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, route, AuthorityUnderTest.Operator);
            Assert.Contains(AuthorityRoutes.ForSuspension(alice.Id), refusal.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        }

        await AssertBitsAsync(authority, membership, revoked: false, suspended: false);
    }

    [Fact]
    public async Task Who_leaves_keeps_no_licence_of_the_space()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var licence = await IssueAsync(authority, alice, """{"licence":"G-17","area":"44"}""");
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForDeparture(alice.Id), AuthorityUnderTest.Operator);
        await AssertBitsAsync(authority, licence, revoked: true, suspended: false);
    }

    [Fact]
    public async Task List_is_made_once_however_many_ask_and_stays_what_it_is_when_another_one_changes()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var (first, second) = (await IssueAsync(authority, alice, """{"licence":"G-17","area":"44"}"""), await IssueAsync(authority, alice, """{"licence":"G-18","area":"44"}"""));
        async Task<string> TagAsync(string purpose)
        {
            using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.ForStatusList(first.StatusList, purpose, "vc20"));
            return answer.Headers.ETag!.Tag;
        }

        var before = await TagAsync(CredentialStatusEntry.Revocation);
        await ChangeAsync(authority, AuthorityRoutes.ForCredentialSuspension(first.Id));
        Assert.Equal(before, await TagAsync(CredentialStatusEntry.Revocation));

        await ChangeAsync(authority, AuthorityRoutes.ForCredentialRevocation(second.Id));
        var tags = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => TagAsync(CredentialStatusEntry.Revocation))));
        Assert.NotEqual(before, Assert.Single(tags.Distinct()));
    }

    [Fact]
    public async Task Organisation_is_credited_once_until_it_changes()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var order = new CredentialOrder { Type = "OrganisationCredential", Holder = Did.Parse(alice.Id) };
        await ChangeOrganisationAsync(authority, alice, "Alice Ltd.");
        var first = await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, order);
        Assert.Equal("Alice Ltd.", first.Claims.GetProperty("legalName").GetString());
        Assert.Equal(first.Id, (await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, order)).Id);

        await ChangeOrganisationAsync(authority, alice, "Alice & Sons Ltd.");
        await AssertBitsAsync(authority, first, revoked: true, suspended: false);
        Assert.NotEqual(first.Id, (await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, order)).Id);
    }

    [Fact]
    public async Task List_has_an_entity_tag_and_whoever_waits_is_told_of_the_change()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var issued = await IssueAsync(authority, await authority.JoinAsync("alice"), """{"licence":"G-17","area":"44"}""");
        var route = AuthorityRoutes.ForStatusList(issued.StatusList, CredentialStatusEntry.Revocation, "vc20");
        using var first = await authority.SendAsync(HttpMethod.Get, route);
        Assert.Equal(("application/vc+jwt", 30), (first.Content.Headers.ContentType!.MediaType, (int)first.Headers.CacheControl!.MaxAge!.Value.TotalSeconds));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.NotModified, (await AskAsync(http, authority, route, first.Headers.ETag!, wait: 0)).StatusCode);

        var waiting = AskAsync(http, authority, route, first.Headers.ETag!, wait: 60);
        await authority.WaitingForStatusAsync();
        await ChangeAsync(authority, AuthorityRoutes.ForCredentialRevocation(issued.Id));
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
        Assert.NotEqual(first.Headers.ETag, (await waiting).Headers.ETag);
    }

    [Fact]
    public async Task List_is_signed_anew_before_it_ends_and_after_a_restart()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        IssuedCredential issued;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            issued = await IssueAsync(authority, await authority.JoinAsync("alice"), """{"licence":"G-17","area":"44"}""");
            await ChangeAsync(authority, AuthorityRoutes.ForCredentialRevocation(issued.Id));
            await AssertBitsAsync(authority, issued, revoked: true, suspended: false);
            clock.Advance(TimeSpan.FromHours(5));
            await AssertBitsAsync(authority, issued, revoked: true, suspended: false);
        }

        await using var again = await AuthorityUnderTest.StartAsync(folder, clock);
        await AssertBitsAsync(again, issued, revoked: true, suspended: false);
    }

    [Theory]
    [InlineData("/credentials/status/2/revocation/vc20")]
    [InlineData("/credentials/status/0/revocation/vc20")]
    [InlineData("/credentials/status/1/other/vc20")]
    [InlineData("/credentials/status/1/revocation/vc30")]
    [InlineData("/credentials/status/x/revocation/vc20")]
    [InlineData("/credentials/schemas/Unknown")]
    public async Task There_is_nothing_at_other_addresses(string route)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, route);
    }

    [Fact]
    public async Task Schemas_are_open_to_all_and_the_rest_is_for_the_operator()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var token = await authority.TokenAsync(await authority.JoinAsync("alice"));
        Assert.Equal("object", (await authority.OkAsync<JsonElement>(HttpMethod.Get, AuthorityRoutes.ForCredentialSchema(Grid))).GetProperty("type").GetString());
        Assert.Equal(8, (await authority.OkAsync<IReadOnlyList<CredentialKind>>(HttpMethod.Get, AuthorityRoutes.CredentialTypes, AuthorityUnderTest.Operator)).Count);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Credentials, token);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.Credentials, token, new CredentialOrder { Type = Membership, Holder = Did.Parse("did:web:alice.example") });
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"type":"lower","title":"t","source":"membership","claims":{}}""")]
    [InlineData("""{"type":"VerifiableCredential","title":"t","source":"membership","claims":{}}""")]
    [InlineData("""{"type":"Other","title":"t","source":"elsewhere","claims":{}}""")]
    [InlineData("""{"type":"Other","title":"t","source":"membership","claims":{"$ref":"https://other.example"}}""")]
    [InlineData("""{"type":"Other","title":"t","source":"membership","lifetimeDays":0,"claims":{}}""")]
    [InlineData("""{"type":"Other","title":"t","source":"operator","claims":{}}""")]
    public async Task Type_that_cannot_be_used_stops_the_start(string document)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["types"]);
        await File.WriteAllTextAsync(Path.Combine(folder["types"], "one.json"), document, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            AuthorityUnderTest.StartAsync(folder, change: settings => settings with { Credentials = new CredentialOptions { Folder = folder["types"] } }));
    }

    /// <summary>An authority with one member and one that has applied, none of whom is issued anything more.</summary>
    public sealed class Untouched : IAsyncLifetime
    {
        internal AuthorityUnderTest Authority { get; private set; } = null!;

        internal TestMember Alice { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Authority = await AuthorityUnderTest.StartAsync();
            Alice = await Authority.JoinAsync("alice");
            await Authority.ApplyAsync(new TestMember("bob"));
        }

        public ValueTask DisposeAsync() => Authority.DisposeAsync();
    }

    private static async Task AssertBitsAsync(AuthorityUnderTest authority, IssuedCredential credential, bool revoked, bool suspended)
    {
        foreach (var (purpose, set) in new[] { (CredentialStatusEntry.Revocation, revoked), (CredentialStatusEntry.Suspension, suspended) })
        {
            foreach (var form in new[] { "vc20", "vc11" })
            {
                var address = AuthorityRoutes.ForStatusList(credential.StatusList, purpose, form);
                using var answer = await authority.SendAsync(HttpMethod.Get, address);
                var jwt = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                var list = await CredentialJwt.VerifyAsync(jwt, (_, kid, _, _) => Task.FromResult(PublicKey.FromJwk(authority.SigningKey.Public.Jwk with { Kid = kid })), authority.Clock.GetUtcNow(), TestContext.Current.CancellationToken);
                Assert.Equal(set, StatusListCredential.Read(list, list, new CredentialStatusEntry(purpose, credential.StatusIndex, new Uri(authority.Url + address))).IsSet(credential.StatusIndex));
            }
        }
    }

    private static async Task<IReadOnlyList<IssuedCredential>> OfAsync(AuthorityUnderTest authority, TestMember member) =>
        (await authority.OkAsync<Page<IssuedCredential>>(HttpMethod.Get, AuthorityRoutes.CredentialsPage(member.Id, null, 50), AuthorityUnderTest.Operator)).Items;

    private static Task<IssuedCredential> IssueAsync(AuthorityUnderTest authority, TestMember member, string claims) => authority.OkAsync<IssuedCredential>(
        HttpMethod.Post,
        AuthorityRoutes.Credentials,
        AuthorityUnderTest.Operator,
        new CredentialOrder { Type = Grid, Holder = Did.Parse(member.Id), Claims = ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(claims)) });

    private static Task<IssuedCredential> ChangeAsync(AuthorityUnderTest authority, string route) => authority.OkAsync<IssuedCredential>(HttpMethod.Post, route, AuthorityUnderTest.Operator);

    private static async Task ChangeOrganisationAsync(AuthorityUnderTest authority, TestMember member, string name) => await authority.OkAsync<Participant>(
        HttpMethod.Put,
        AuthorityRoutes.ForOrganisation(member.Id),
        await authority.TokenAsync(member),
        new Organisation { LegalName = name, Contact = new OrganisationContact { Email = "a@alice.example" }, Responsible = new ResponsiblePerson { Name = "Alice", Authorisation = "1" } });

    private static async Task<HttpResponseMessage> AskAsync(HttpClient http, AuthorityUnderTest authority, string route, EntityTagHeaderValue known, int wait)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, authority.Url + route);
        request.Headers.IfNoneMatch.Add(known);
        request.Headers.Add("Prefer", $"wait={wait}");
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static List<EvidenceEntry> Evidence(AuthorityUnderTest authority, string kind) => [.. authority.Database.Read(connection => connection.Query<string>("SELECT entry FROM evidence_trail ORDER BY id"))
        .Select(text => ProtocolJson.Read<EvidenceEntry>(System.Text.Encoding.UTF8.GetBytes(text)))
        .Where(entry => entry.Kind.StartsWith(kind, StringComparison.Ordinal))];
}
