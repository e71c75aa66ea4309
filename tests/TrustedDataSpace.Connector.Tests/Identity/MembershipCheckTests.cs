using System.Net;
using System.Text;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Identity;

/// <summary>Every way in which a token or the membership inside it can be wrong, over real HTTP.</summary>
public sealed class MembershipCheckTests : IAsyncLifetime
{
    private const string Member = "did:web:vpp.example";

    private readonly SteppingClock clock = new();
    private TokenIssuer issuer = null!;
    private ConnectorUnderTest connector = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TokenIssuer.StartAsync();
        connector = new ConnectorUnderTest(issuer.Url, clock);
        await connector.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task Member_is_let_in() =>
        Assert.Equal(HttpStatusCode.OK, await AskAsync(issuer.Token(Member, issuer.Membership(Member))));

    [Fact]
    public async Task Member_is_let_in_after_the_authority_has_changed_its_key()
    {
        await Member_is_let_in();
        issuer.ChangeCredentialKey();
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member)));
        clock.Advance(TimeSpan.FromSeconds(1));
        await Member_is_let_in();
    }

    [Fact]
    public async Task Key_that_was_taken_back_is_trusted_no_longer_than_ten_minutes()
    {
        var old = issuer.Membership(Member);
        await Member_is_let_in();
        issuer.ChangeCredentialKey();
        clock.Advance(TimeSpan.FromMinutes(10));
        await RefusedAsync(issuer.Token(Member, old));
    }

    [Fact]
    public async Task Membership_that_was_seen_before_is_verified_again_with_the_keys_of_this_moment()
    {
        var seen = issuer.Membership(Member);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(issuer.Token(Member, seen)));
        issuer.ChangeCredentialKey();
        clock.Advance(TimeSpan.FromMinutes(10));
        await RefusedAsync(issuer.Token(Member, seen));
    }

    [Fact]
    public async Task Membership_that_was_seen_before_ends_in_time()
    {
        var seen = issuer.Membership(Member);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(issuer.Token(Member, seen)));
        clock.Later = TimeSpan.FromHours(25);
        await RefusedAsync(issuer.Token(Member, seen, later: clock.Later));
    }

    [Fact]
    public async Task Membership_that_was_seen_before_is_refused_to_somebody_else()
    {
        var seen = issuer.Membership(Member);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(issuer.Token(Member, seen)));
        await RefusedAsync(issuer.Token("did:web:other.example", seen));
    }

    [Fact]
    public async Task Token_that_was_seen_before_ends_in_time()
    {
        var seen = issuer.Token(Member, issuer.Membership(Member));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(seen));
        clock.Later = TimeSpan.FromMinutes(6);
        await RefusedAsync(seen);
    }

    [Fact]
    public async Task Token_that_was_seen_before_is_refused_with_another_signature()
    {
        var seen = issuer.Token(Member, issuer.Membership(Member));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(seen));
        var signature = seen.LastIndexOf('.') + 1;
        await RefusedAsync(seen[..signature] + (seen[signature] == 'A' ? 'B' : 'A') + seen[(signature + 1)..]);
    }

    [Fact]
    public async Task Request_without_token_is_refused() => await RefusedAsync(null);

    [Fact]
    public async Task Token_without_membership_is_refused() => await RefusedAsync(issuer.Token(Member, null));

    [Fact]
    public async Task Membership_of_somebody_else_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership("did:web:other.example")));

    [Fact]
    public async Task Membership_of_another_space_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member, space: "another")));

    [Fact]
    public async Task Membership_from_another_issuer_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member, issuer: "did:web:other.example")));

    [Fact]
    public async Task Membership_signed_by_another_key_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member, key: issuer.Stranger)));

    [Fact]
    public async Task Membership_that_has_ended_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member, age: TimeSpan.FromDays(2))));

    [Fact]
    public async Task Token_for_another_audience_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member), audience: "did:web:other.example"));

    [Fact]
    public async Task Token_of_another_type_is_refused() =>
        await RefusedAsync(issuer.Token(Member, issuer.Membership(Member), type: TokenTypes.ClientAssertion));

    [Fact]
    public async Task Subject_that_is_no_did_is_refused() => await RefusedAsync(issuer.Token("somebody", issuer.Membership(Member)));

    [Fact]
    public async Task Management_token_opens_no_door_to_the_space() => await RefusedAsync(ConnectorUnderTest.ManagementSecret);

    [Fact]
    public async Task Token_of_the_space_opens_no_door_to_the_management()
    {
        using var client = connector.Management();
        client.DefaultRequestHeaders.Authorization = new("Bearer", issuer.Token(Member, issuer.Membership(Member)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/assets")).StatusCode);
    }

    private async Task RefusedAsync(string? token) => Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(token));

    private async Task<HttpStatusCode> AskAsync(string? token)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, connector.Url + "/dsp/2025-1" + DspRoutes.Catalog)
        {
            Content = new StringContent(Encoding.UTF8.GetString(DspJson.Write(new CatalogRequestMessage())), Encoding.UTF8, "application/json"),
        };
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>The machine's time of day; elapsed time moves on when the test says so.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long ticks;

        /// <summary>How far the time of day is ahead of the machine's.</summary>
        public TimeSpan Later { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref ticks);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Later;

        public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
    }
}
