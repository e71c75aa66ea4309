using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Issuance;

/// <summary>Who gets nothing from the Issuer Service, and what it does not take.</summary>
public sealed class IssuerGuardTests(IssuerGuardTests.Issuer issuer) : IClassFixture<IssuerGuardTests.Issuer>
{
    private const string Credentials = AuthorityRoutes.IssuerService + DcpRoutes.Credentials;
    private static readonly string[] Membership = ["urn:tds:credential-object:MembershipCredential:vc20"];

    [Fact]
    public async Task Token_that_proves_nothing_opens_no_endpoint()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        using var stranger = SigningKey.Generate();
        var request = await alice.AskedAsync(authority, "pid-1", Membership);
        await alice.NextAsync();
        var now = authority.Clock.GetUtcNow().ToUnixTimeSeconds();
        var used = alice.Token(authority);
        await alice.AskedAsync(authority, "pid-2", Membership, used);
        await alice.NextAsync();
        var bad = new Dictionary<string, string?>
        {
            ["none"] = null,
            ["garbage"] = "garbage",
            ["the management token"] = AuthorityUnderTest.Operator,
            ["an access token of the space"] = await authority.TokenAsync(alice.Member),
            ["used before"] = used,
            ["another audience"] = alice.Token(authority, claims => claims["aud"] = "did:web:other.example"),
            ["several audiences"] = alice.Token(authority, claims => claims["aud"] = new JsonArray(AuthorityUnderTest.Id, "did:web:other.example")),
            ["no audience"] = alice.Token(authority, claims => claims.Remove("aud")),
            ["another issuer"] = alice.Token(authority, claims => claims["iss"] = "did:web:bob.example"),
            ["another subject"] = alice.Token(authority, claims => claims["sub"] = "did:web:bob.example"),
            ["no subject"] = alice.Token(authority, claims => claims.Remove("sub")),
            ["no jti"] = alice.Token(authority, claims => claims.Remove("jti")),
            ["no exp"] = alice.Token(authority, claims => claims.Remove("exp")),
            ["expired"] = alice.Token(authority, claims => claims["exp"] = now - 60),
            ["issued in the future"] = alice.Token(authority, claims => claims["iat"] = now + 60),
            ["not yet valid"] = alice.Token(authority, claims => claims["nbf"] = now + 60),
            ["another's signature"] = alice.Token(authority, key: stranger, kid: $"{alice.Member.Id}#{alice.Key.Kid}"),
            ["an unknown key"] = alice.Token(authority, key: stranger),
            ["another type"] = alice.Token(authority, type: TokenTypes.ClientAssertion),
            ["a stranger's"] = Jws.Sign(
                Encoding.UTF8.GetBytes($$"""{"iss":"did:web:stranger.example","sub":"did:web:stranger.example","aud":"{{AuthorityUnderTest.Id}}","jti":"1","iat":{{now}},"exp":{{now + 60}}}"""),
                stranger, TokenTypes.Jwt, "did:web:stranger.example#" + stranger.Kid),
        };
        foreach (var (what, token) in bad)
        {
            using var status = await authority.SendAsync(HttpMethod.Get, request, token);
            using var ask = await authority.SendAsync(HttpMethod.Post, Credentials, token, Message("pid-3", Membership));
            Assert.True((status.StatusCode, ask.StatusCode) == (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), $"{what}: {status.StatusCode}, {ask.StatusCode}");
        }

        Assert.True(alice.HasNone);
    }

    [Fact]
    public async Task Key_of_another_use_or_one_that_is_not_registered_opens_nothing()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        await using var bob = await TestHolder.JoinAsync(authority, "bob");
        alice.Uses = [VerificationRelationship.AssertionMethod];
        using var other = await alice.AskAsync(authority, "pid-1", Membership);
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);

        // Somebody has taken over the web server: its document shows a key of his.
        using var key = SigningKey.Generate();
        bob.Shown = key;
        using var taken = await bob.AskAsync(authority, "pid-1", Membership);
        Assert.Equal("kid", (await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Forbidden, taken)).GetProperty("term").GetString());
        Assert.True(alice.HasNone && bob.HasNone);
    }

    [Fact]
    public async Task Suspended_member_gets_nothing_and_another_sees_no_request_of_it()
    {
        await using var authority = await StartAsync();
        await using var alice = await TestHolder.JoinAsync(authority, "alice");
        await using var bob = await TestHolder.JoinAsync(authority, "bob");
        var request = await alice.AskedAsync(authority, "pid-1", Membership);
        await alice.NextAsync();
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, request, bob.Token(authority));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.IssuerService + DcpRoutes.ForRequest("no-such-request"), bob.Token(authority));

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Member.Id), AuthorityUnderTest.Operator);
        using var status = await authority.SendAsync(HttpMethod.Get, request, alice.Token(authority));
        Assert.Equal(HttpStatusCode.Forbidden, status.StatusCode);
        using var ask = await alice.AskAsync(authority, "pid-2", Membership);
        Assert.Equal(HttpStatusCode.Forbidden, ask.StatusCode);
        Assert.True(alice.HasNone);
    }

    [Theory]
    [InlineData("""{"type":"CredentialRequestMessage","holderPid":"p","credentials":[{"id":"urn:tds:credential-object:MembershipCredential:vc20"}]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"holderPid":"p","credentials":[{"id":"urn:tds:credential-object:MembershipCredential:vc20"}]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialMessage","holderPid":"p","credentials":[{"id":"urn:tds:credential-object:MembershipCredential:vc20"}]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialRequestMessage","credentials":[{"id":"urn:tds:credential-object:MembershipCredential:vc20"}]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialRequestMessage","holderPid":"","credentials":[{"id":"urn:tds:credential-object:MembershipCredential:vc20"}]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialRequestMessage","holderPid":"p"}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialRequestMessage","holderPid":"p","credentials":[]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialRequestMessage","holderPid":"p","credentials":[null]}""")]
    [InlineData("""{"@context":["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],"type":"CredentialRequestMessage","holderPid":"p","credentials":[{"id":"unknown"}]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Message_that_is_none_is_refused_and_leaves_nothing(string message)
    {
        var (authority, alice) = (issuer.Authority, issuer.Alice);
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, Credentials, alice.Token(authority), ProtocolJson.Parse(Encoding.UTF8.GetBytes(message)));
        using var long1 = await alice.AskAsync(authority, new string('p', 513), Membership);
        Assert.Equal(HttpStatusCode.BadRequest, long1.StatusCode);
        using var many = await alice.AskAsync(authority, "p", Enumerable.Repeat(Membership[0], 21));
        Assert.Equal(HttpStatusCode.BadRequest, many.StatusCode);
        Assert.Equal(0, authority.Database.Read(connection => Dapper.SqlMapper.QuerySingle<long>(connection, "SELECT count(*) FROM credential_requests")));
    }

    private static Task<AuthorityUnderTest> StartAsync() =>
        AuthorityUnderTest.StartAsync(change: settings => settings with { Egress = settings.Egress with { AllowPrivateAddresses = true } });

    /// <summary>An authority that is asked for nothing that it gives, and a member.</summary>
    public sealed class Issuer : IAsyncLifetime
    {
        internal AuthorityUnderTest Authority { get; private set; } = null!;

        internal TestHolder Alice { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Authority = await StartAsync();
            Alice = await TestHolder.JoinAsync(Authority, "alice");
        }

        public async ValueTask DisposeAsync()
        {
            await Alice.DisposeAsync();
            await Authority.DisposeAsync();
        }
    }

    private static System.Text.Json.JsonElement Message(string pid, IEnumerable<string> ids) =>
        ProtocolJson.Parse(DcpJson.Write(new CredentialRequestMessage { HolderPid = pid, Credentials = [.. ids.Select(id => new RequestedCredential(id))] }));
}
