using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Participants;

public sealed class InviteTests : IAsyncLifetime
{
    private AuthorityUnderTest authority = null!;

    public async ValueTask InitializeAsync() => authority = await AuthorityUnderTest.StartAsync();

    public ValueTask DisposeAsync() => authority.DisposeAsync();

    [Fact]
    public async Task Code_of_256_bits_is_shown_once_and_only_its_hash_is_kept()
    {
        var made = await InviteAsync();

        Assert.Equal("tds_invite_".Length + (256 / 4), made.Code.Length);
        var listed = Assert.Single((await authority.OkAsync<Page<Invite>>(HttpMethod.Get, AuthorityRoutes.InvitesPage(10), AuthorityUnderTest.Operator)).Items);
        Assert.Equal((made.Invite.Id, InviteStates.Open), (listed.Id, listed.State));
        var stored = authority.Database.Read(connection => connection.QuerySingle<string>(
            "SELECT hash || name FROM invites") + string.Concat(connection.Query<string>("SELECT entry FROM evidence_trail")));
        Assert.DoesNotContain(made.Code, stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invites_are_the_operators_business()
    {
        var alice = await authority.JoinAsync("alice");
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.InvitesPage(10));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.Invites, await authority.TokenAsync(alice), Definition());
    }

    [Fact]
    public async Task Whoever_has_the_code_reads_what_it_is_good_for()
    {
        var made = await InviteAsync(Definition() with { Region = "44", Roles = ["data-provider"] });

        var invitation = await authority.OkAsync<Invitation>(HttpMethod.Post, AuthorityRoutes.Invitations, body: new InvitationQuery(made.Code));

        Assert.Equal((AuthorityUnderTest.Space, AuthorityUnderTest.Id), (invitation.Space, invitation.Authority));
        Assert.Equal(("44", "data-provider"), (invitation.Invite.Region, Assert.Single(invitation.Invite.Roles!)));
    }

    [Fact]
    public async Task Invited_applicant_waits_for_the_operator()
    {
        var made = await InviteAsync();
        var alice = new TestMember("alice");

        var applied = await ApplyAsync(alice, made.Code);

        Assert.Equal(ParticipantStates.Applied, applied.State);
        Assert.Equal((InviteStates.Used, alice.Id), await StateAsync(made));
    }

    [Fact]
    public async Task Pre_approved_applicant_is_a_member_at_once()
    {
        var made = await InviteAsync(PreApproved());

        Assert.Equal(ParticipantStates.Active, (await ApplyAsync(new TestMember("alice"), made.Code)).State);
    }

    [Fact]
    public async Task Applicant_who_gets_an_invite_afterwards_may_still_use_it()
    {
        var alice = new TestMember("alice");
        await authority.ApplyAsync(alice);
        var made = await InviteAsync(PreApproved());

        Assert.Equal(ParticipantStates.Active, (await ApplyAsync(alice, made.Code)).State);
    }

    [Fact]
    public async Task Code_is_for_one_participant_who_may_show_it_again()
    {
        var made = await InviteAsync();
        var alice = new TestMember("alice");
        await ApplyAsync(alice, made.Code);

        await RefusedAsync(new TestMember("bob"), made.Code, "used");
        Assert.Equal(ParticipantStates.Applied, (await ApplyAsync(alice, made.Code)).State);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, AuthorityRoutes.ForAdmission("did:web:bob.example"), AuthorityUnderTest.Operator, new { });
    }

    [Fact]
    public async Task Who_was_turned_away_does_not_come_back_by_its_invite()
    {
        var made = await InviteAsync(PreApproved());
        var alice = new TestMember("alice");
        await ApplyAsync(alice, made.Code);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);

        Assert.Equal(ParticipantStates.Suspended, (await ApplyAsync(alice, made.Code)).State);
    }

    [Fact]
    public async Task Wrong_code_is_refused_and_leaves_no_application()
    {
        await RefusedAsync(new TestMember("alice"), "tds_invite_" + new string('0', 64), "no invite");
        Assert.Empty((await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.ParticipantsPage(10), AuthorityUnderTest.Operator)).Items);
    }

    [Fact]
    public async Task Expired_code_is_refused()
    {
        var made = await InviteAsync();
        authority.Clock.Advance(TimeSpan.FromDays(3));

        await RefusedAsync(new TestMember("alice"), made.Code, "expired");
        Assert.Equal(InviteStates.Expired, (await StateAsync(made)).State);
    }

    [Fact]
    public async Task Revoked_code_is_refused_and_a_used_one_cannot_be_revoked()
    {
        var (revoked, used) = (await InviteAsync(), await InviteAsync());
        await ApplyAsync(new TestMember("alice"), used.Code);
        using var answer = await authority.SendAsync(HttpMethod.Delete, AuthorityRoutes.ForInvite(revoked.Invite.Id), AuthorityUnderTest.Operator);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);

        await RefusedAsync(new TestMember("bob"), revoked.Code, "taken this invite back");
        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Delete, AuthorityRoutes.ForInvite(used.Invite.Id), AuthorityUnderTest.Operator);
    }

    [Theory]
    [InlineData("46", "data-provider", "region")]
    [InlineData("44", "operator", "roles")]
    public async Task Application_that_asks_for_more_than_the_invite_promises_is_refused(string region, string role, string word)
    {
        var made = await InviteAsync(PreApproved() with { Region = region, Roles = [role] });

        await RefusedAsync(new TestMember("alice"), made.Code, word);
        Assert.Equal(InviteStates.Open, (await StateAsync(made)).State);
    }

    [Fact]
    public async Task Pre_approved_invite_names_the_region_and_gives_only_the_roles_it_names()
    {
        var refusal = await authority.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Invites, AuthorityUnderTest.Operator, Definition() with { PreApproved = true, Lifetime = TimeSpan.FromDays(31) });
        Assert.Equal(["region", "lifetime"], refusal.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetProperty("term").GetString()));

        var made = await InviteAsync(PreApproved() with { Roles = null });
        await RefusedAsync(new TestMember("alice"), made.Code, "no roles");
    }

    [Fact]
    public async Task Guessing_is_limited_by_address()
    {
        var made = await InviteAsync();
        for (var i = 0; i < InviteAttempts.MostInAMinute; i++)
        {
            await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.Invitations, body: new InvitationQuery("guess"));
        }

        await authority.RefusedAsync(HttpStatusCode.TooManyRequests, HttpMethod.Post, AuthorityRoutes.Invitations, body: new InvitationQuery(made.Code));
        Assert.Equal(HttpStatusCode.Created, (await authority.ApplyAsync(new TestMember("without-invite"))).StatusCode);
    }

    [Fact]
    public async Task Open_invites_are_bounded()
    {
        await using var small = await AuthorityUnderTest.StartAsync(change: settings => settings with { Membership = new MembershipOptions { MaxPending = 1 } });
        await small.OkAsync<InviteCode>(HttpMethod.Post, AuthorityRoutes.Invites, AuthorityUnderTest.Operator, Definition());

        await small.RefusedAsync(HttpStatusCode.TooManyRequests, HttpMethod.Post, AuthorityRoutes.Invites, AuthorityUnderTest.Operator, Definition());
    }

    [Fact]
    public async Task Applicant_that_waits_is_answered_by_the_admission()
    {
        var alice = new TestMember("alice");
        await authority.ApplyAsync(alice);
        var waiting = SendWaitingAsync(alice, seconds: 60);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);

        Assert.Equal(ParticipantStates.Active, (await waiting.Within("the decision")).State);
    }

    private static InviteDefinition Definition() => new() { Name = "Alice Power" };

    private static InviteDefinition PreApproved() => Definition() with { PreApproved = true, Region = "44", Roles = ["data-provider"] };

    private Task<InviteCode> InviteAsync(InviteDefinition? definition = null) =>
        authority.OkAsync<InviteCode>(HttpMethod.Post, AuthorityRoutes.Invites, AuthorityUnderTest.Operator, definition ?? Definition());

    private async Task<(string State, string? UsedBy)> StateAsync(InviteCode made)
    {
        var page = await authority.OkAsync<Page<Invite>>(HttpMethod.Get, AuthorityRoutes.InvitesPage(10), AuthorityUnderTest.Operator);
        var invite = page.Items.Single(item => item.Id == made.Invite.Id);
        return (invite.State, invite.UsedBy);
    }

    private async Task<Participant> ApplyAsync(TestMember member, string code)
    {
        using var answer = await SendAsync(member, code);
        var text = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(text));
        return Protocol.Json.ProtocolJson.Read<Participant>(text);
    }

    private async Task RefusedAsync(TestMember member, string code, string why)
    {
        using var answer = await SendAsync(member, code);
        JsonElement refusal = await AuthorityUnderTest.RefusalAsync(HttpStatusCode.Forbidden, answer);
        Assert.Equal(InviteService.Term, refusal.GetProperty("term").GetString());
        Assert.Contains(why, refusal.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> SendAsync(TestMember member, string code) =>
        authority.SendJwsAsync(SignedApplication.Create(member.Application with { Invite = code }, member.Key));

    private async Task<Participant> SendWaitingAsync(TestMember member, int seconds)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, authority.Url + AuthorityRoutes.Applications)
        {
            Content = new StringContent(SignedApplication.Create(member.Application, member.Key), Encoding.ASCII, new MediaTypeHeaderValue(SignedApplication.MediaType)),
        };
        request.Headers.Add("Prefer", $"wait={seconds}");
        using var answer = await http.SendAsync(request);
        return Protocol.Json.ProtocolJson.Read<Participant>(await answer.Content.ReadAsByteArrayAsync());
    }
}
