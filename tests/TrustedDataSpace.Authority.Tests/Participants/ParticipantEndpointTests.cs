using System.Buffers.Text;
using System.Net;
using System.Text;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Participants;

public sealed class ParticipantEndpointTests
{
    [Fact]
    public async Task An_application_is_taken_once_and_repeated_without_harm()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");

        Assert.Equal(HttpStatusCode.Created, (await authority.ApplyAsync(alice)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await authority.ApplyAsync(alice)).StatusCode);

        var page = await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.ParticipantsPage(10), AuthorityUnderTest.Operator);
        var participant = Assert.Single(page.Items);
        Assert.Equal(ParticipantStates.Applied, participant.State);
        Assert.Null(participant.Credential);
    }

    [Fact]
    public async Task Participants_are_listed_by_their_state()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.JoinAsync("alice");
        await authority.ApplyAsync(new TestMember("bob"));

        foreach (var state in new[] { ParticipantStates.Active, ParticipantStates.Applied })
        {
            var page = await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants + "?state=" + state, AuthorityUnderTest.Operator);
            Assert.Equal(state, Assert.Single(page.Items).State);
        }

        var none = await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants + "?state=left", AuthorityUnderTest.Operator);
        Assert.Empty(none.Items);
    }

    [Fact]
    public async Task Another_key_for_a_known_participant_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.JoinAsync("alice");

        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Conflict, await authority.ApplyAsync(new TestMember("alice")));
    }

    [Fact]
    public async Task Nobody_applies_in_the_name_of_the_authority()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();

        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Conflict, await authority.ApplyAsync(new TestMember("authority")));
    }

    [Fact]
    public async Task An_application_signed_by_another_key_than_it_names_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        using var other = SigningKey.Generate();
        var forged = Jws.Sign(Protocol.Json.CanonicalJson.Bytes(alice.Application), other, TokenTypes.Application);

        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Unauthorized, await authority.SendJwsAsync(forged));
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Unauthorized, await authority.SendJwsAsync("{}"));
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.RequestEntityTooLarge, await authority.SendJwsAsync(new string('a', 20_000)));
    }

    [Theory]
    [InlineData("http://alice.example/")]
    [InlineData("https://user@alice.example/")]
    [InlineData("https://alice.example/?a=b")]
    [InlineData("ftp://alice.example/")]
    [InlineData("relative")]
    public async Task An_endpoint_that_is_no_safe_base_url_is_refused(string endpoint)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        var application = alice.Application with { Endpoint = new Uri(endpoint, UriKind.RelativeOrAbsolute) };

        var refusal = await AuthorityUnderTest.RefusalAsync(
            HttpStatusCode.BadRequest, await authority.SendJwsAsync(SignedApplication.Create(application, alice.Key)));

        Assert.Equal("endpoint", refusal.GetProperty("term").GetString());
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_an_application_is_said_at_once()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        var application = alice.Application with { Name = " ", Roles = [""], Region = new string('r', 65) };

        var refusal = await AuthorityUnderTest.RefusalAsync(
            HttpStatusCode.BadRequest, await authority.SendJwsAsync(SignedApplication.Create(application, alice.Key)));

        Assert.Equal(["name", "region", "roles"], refusal.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetProperty("term").GetString()));
    }

    [Fact]
    public async Task A_key_with_a_name_of_its_own_choice_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        var application = alice.Application with { Key = alice.Key.Public.Jwk with { Kid = "chosen" } };
        var content = Base64Url.EncodeToString("""{"alg":"ES256","kid":"chosen","typ":"application+jwt"}"""u8)
            + "." + Base64Url.EncodeToString(Protocol.Json.CanonicalJson.Bytes(application));
        var jws = content + "." + Base64Url.EncodeToString(alice.Key.Sign(Encoding.ASCII.GetBytes(content)));

        var refusal = await AuthorityUnderTest.RefusalAsync(HttpStatusCode.BadRequest, await authority.SendJwsAsync(jws));

        Assert.Equal("key.kid", refusal.GetProperty("term").GetString());
    }

    [Fact]
    public async Task Waiting_applications_are_bounded()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Membership = new MembershipOptions { MaxPending = 2 } });
        await authority.ApplyAsync(new TestMember("a"));
        var b = new TestMember("b");
        await authority.ApplyAsync(b);

        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.TooManyRequests, await authority.ApplyAsync(new TestMember("c")));
        Assert.Equal(HttpStatusCode.OK, (await authority.ApplyAsync(b)).StatusCode);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(b.Id), AuthorityUnderTest.Operator);
        Assert.Equal(HttpStatusCode.Created, (await authority.ApplyAsync(new TestMember("d"))).StatusCode);
    }

    [Fact]
    public async Task Admission_issues_a_credential_once_and_suspension_takes_it_away()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var route = AuthorityRoutes.ForParticipant(alice.Id);

        var first = await authority.OkAsync<Participant>(HttpMethod.Get, route, AuthorityUnderTest.Operator);
        var second = await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        var suspended = await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);

        Assert.NotNull(first.Credential);
        Assert.Equal(first.Credential, second.Credential);
        Assert.Equal(ParticipantStates.Suspended, suspended.State);
        Assert.Null((await authority.OkAsync<Participant>(HttpMethod.Get, route, AuthorityUnderTest.Operator)).Credential);
    }

    [Fact]
    public async Task A_member_sees_its_own_credential_but_not_that_of_another_nor_applicants()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        await authority.ApplyAsync(new TestMember("carol"));
        var token = await authority.TokenAsync(alice);

        Assert.NotNull((await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), token)).Credential);
        var other = await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(bob.Id), token);
        Assert.Null(other.Credential);
        Assert.Equal(bob.Key.Kid, other.Key.Kid);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForParticipant("did:web:carol.example"), token);
    }

    [Fact]
    public async Task Who_was_turned_away_does_not_keep_the_name_from_its_owner_but_a_suspended_member_does()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (squatter, alice, bob) = (new TestMember("alice"), new TestMember("alice"), await authority.JoinAsync("bob"));
        await authority.ApplyAsync(squatter);
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Conflict, await authority.ApplyAsync(alice));
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), await authority.TokenAsync(bob));

        Assert.Equal(HttpStatusCode.OK, (await authority.ApplyAsync(squatter)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await authority.ApplyAsync(alice)).StatusCode);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);

        Assert.NotEmpty(await authority.TokenAsync(alice));
        Assert.Equal(HttpStatusCode.Unauthorized, (await authority.AskTokenAsync(squatter.Assertion(authority))).StatusCode);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Conflict, await authority.ApplyAsync(squatter));
    }

    [Fact]
    public async Task The_operators_part_is_closed_to_members_and_strangers()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        (HttpMethod, string)[] parts =
        [
            (HttpMethod.Get, AuthorityRoutes.ParticipantsPage(10)),
            (HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id)),
            (HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id)),
        ];

        foreach (var (method, route) in parts)
        {
            await authority.RefusedAsync(HttpStatusCode.Unauthorized, method, route);
            await authority.RefusedAsync(HttpStatusCode.Unauthorized, method, route, token);
        }
    }

    [Fact]
    public async Task A_member_moves_its_own_endpoint_only()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var token = await authority.TokenAsync(alice);
        var update = new EndpointUpdate(new Uri("http://127.0.0.1:9999/"));

        var moved = await authority.OkAsync<Participant>(HttpMethod.Put, AuthorityRoutes.ForEndpoint(alice.Id), token, update);

        Assert.Equal(update.Endpoint, moved.Endpoint);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, AuthorityRoutes.ForEndpoint(bob.Id), token, update);
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, AuthorityRoutes.ForEndpoint(alice.Id), token, new { endpoint = "http://10.0.0.1/" });
    }

    [Fact]
    public async Task The_list_pages_through_everybody_once()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        for (var i = 0; i < 7; i++)
        {
            await authority.ApplyAsync(new TestMember($"member-{i}"));
        }

        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.ParticipantsPage(3, cursor), AuthorityUnderTest.Operator);
            seen.AddRange(page.Items.Select(participant => participant.Id.Value));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"did:web:member-{i}.example"), seen);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=201")]
    [InlineData("?limit=x")]
    [InlineData("?cursor=%2F%2F")]
    public async Task A_wrong_page_is_refused_not_guessed(string query)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();

        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, AuthorityRoutes.Participants + query, AuthorityUnderTest.Operator);
    }

    [Fact]
    public async Task A_restart_keeps_key_and_members()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        string kid;
        TestMember alice;
        await using (var before = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            kid = (await before.KeyAsync()).Kid;
            alice = await before.JoinAsync("alice");
        }

        await using var after = await AuthorityUnderTest.StartAsync(folder, clock);

        Assert.Equal(kid, (await after.KeyAsync()).Kid);
        Assert.NotEmpty(await after.TokenAsync(alice));
    }

    [Fact]
    public void Wrong_settings_are_all_named_at_once()
    {
        var settings = new AuthoritySettings
        {
            Space = new() { Id = "Two Words+" },
            Membership = new() { MaxPending = 0, CredentialLifetime = TimeSpan.Zero },
            Tokens = new() { Lifetime = TimeSpan.FromDays(1), Issuer = new Uri("http://idp.example") },
            Catalog = new() { MaxProductsPerProvider = 0 },
            Policies = new() { Folder = "/does/not/exist" },
        };

        var problems = settings.Problems().ToList();

        string[] names = ["Space:Id", "Participant:Id", "Storage:Folder", "Membership:MaxPending", "Membership:CredentialLifetime", "Tokens:Lifetime", "Tokens:Issuer", "Catalog:MaxProductsPerProvider", "Policies:Folder"];
        Assert.All(names, name => Assert.Contains(problems, problem => problem.StartsWith(name, StringComparison.Ordinal)));
    }
}
