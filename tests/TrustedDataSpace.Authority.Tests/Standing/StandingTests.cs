using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Standing;

public sealed class StandingTests
{
    [Fact]
    public async Task A_follower_hears_of_each_change_once_and_of_none_in_between()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        await using var stream = await Following.StartAsync(authority, await authority.TokenAsync(alice), null);
        var first = await stream.NextAsync();
        Assert.Null(first.From);

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(bob.Id), AuthorityUnderTest.Operator);

        var (followed, changed) = (first.To, new Dictionary<string, string>());
        while (changed.Count == 0)
        {
            var next = await stream.NextAsync();
            Assert.Equal(followed, next.From);
            followed = next.To;
            changed = next.Changed.ToDictionary();
        }

        Assert.Equal(KeyValuePair.Create(bob.Id, ParticipantStates.Suspended), Assert.Single(changed));
        Assert.Equal(first.To + 1, followed);
    }

    [Fact]
    public async Task Who_comes_back_hears_what_it_missed_and_who_missed_too_much_is_told_so()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var token = await authority.TokenAsync(alice);
        long before;
        await using (var stream = await Following.StartAsync(authority, token, null))
        {
            before = (await stream.NextAsync()).To;
        }

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(bob.Id), AuthorityUnderTest.Operator);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(bob.Id), AuthorityUnderTest.Operator);
        var missed = await UntilAsync(authority, token, before, epoch => epoch.To == before + 2);
        Assert.Equal((before, KeyValuePair.Create(bob.Id, ParticipantStates.Active)), (missed.From, Assert.Single(missed.Changed)));

        await authority.Database.WriteAsync(unit => unit.Execute("DELETE FROM standing_changes WHERE number <= @before + 1", new { before }));
        Assert.Null((await UntilAsync(authority, token, before, epoch => epoch.To == before + 2)).From);
        Assert.Null((await UntilAsync(authority, token, before + 1_000, epoch => epoch.To == before + 2)).From);
    }

    [Fact]
    public async Task A_member_that_is_suspended_hears_so_and_its_stream_ends()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await using var stream = await Following.StartAsync(authority, token, null);
        await stream.NextAsync();
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        var last = await stream.LastAsync();
        Assert.Equal(KeyValuePair.Create(alice.Id, ParticipantStates.Suspended), Assert.Single(last.Changed));
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.Standing, token);
    }

    [Fact]
    public async Task A_key_that_is_replaced_and_one_that_is_taken_back_are_changes()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await using var stream = await Following.StartAsync(authority, token, null);
        var before = (await stream.NextAsync()).To;
        using var next = SigningKey.Generate();
        using (var replaced = await authority.PutJwsAsync(AuthorityRoutes.ForParticipantKey(alice.Id), token, SignedKeyUpdate.Create(Did.Parse(alice.Id), alice.Key, next)))
        {
            Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        }

        await authority.SendAsync(HttpMethod.Delete, AuthorityRoutes.ForFormerKey(alice.Id, alice.Key.Public.Kid), token);
        StandingEpoch epoch;
        do
        {
            epoch = await stream.NextAsync();
        }
        while (epoch.To < before + 2);
        Assert.Equal([alice.Id], epoch.Changed.Keys);
    }

    [Fact]
    public async Task A_follower_hears_at_once_that_credentials_or_the_trust_list_have_changed_and_the_numbers_outlive_a_restart()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        var alice = new TestMember("alice");
        StandingEpoch last;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            await authority.JoinAsync(alice);
            await using var stream = await Following.StartAsync(authority, await authority.TokenAsync(alice), null);
            var first = await stream.NextAsync();
            var issued = await authority.OkAsync<IssuedCredential>(
                HttpMethod.Post, AuthorityRoutes.Credentials, AuthorityUnderTest.Operator, new { type = "GridOperatorCredential", holder = alice.Id, claims = new { licence = "L-1", area = "44" } });
            await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.ForCredentialSuspension(issued.Id), AuthorityUnderTest.Operator, new { });
            await authority.OkAsync<IssuedCredential>(HttpMethod.Post, AuthorityRoutes.ForCredentialResumption(issued.Id), AuthorityUnderTest.Operator, new { });
            last = await stream.UntilAsync(epoch => epoch.Status == first.Status + 2);
            Assert.Empty(last.Changed);

            await authority.OkAsync<NumberedTrust>(
                HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer("did:web:regulator.example"), AuthorityUnderTest.Operator, new IssuerTrust { Types = ["GridOperatorCredential"] });
            last = await stream.UntilAsync(epoch => epoch.Trust > first.Trust);
        }

        await using var again = await AuthorityUnderTest.StartAsync(folder, clock);
        await using var followed = await Following.StartAsync(again, await again.TokenAsync(alice), null);
        var next = await followed.UntilAsync(epoch => epoch.Trust == last.Trust);
        Assert.Equal(last.Status, next.Status);
    }

    [Fact]
    public async Task One_participant_has_four_streams_at_most()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var token = await authority.TokenAsync(await authority.JoinAsync("alice"));
        var streams = new List<Following>();
        for (var i = 0; i < 4; i++)
        {
            streams.Add(await Following.StartAsync(authority, token, null));
            await streams[^1].NextAsync();
        }

        await authority.RefusedAsync(HttpStatusCode.TooManyRequests, HttpMethod.Get, AuthorityRoutes.Standing, token);
        foreach (var stream in streams)
        {
            await stream.DisposeAsync();
        }
    }

    // The epoch of a change is published a moment after the answer to whoever made it.
    private static async Task<StandingEpoch> UntilAsync(AuthorityUnderTest authority, string token, long after, Predicate<StandingEpoch> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (true)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await using var stream = await Following.StartAsync(authority, token, after);
            if (await stream.NextAsync() is var epoch && condition(epoch))
            {
                return epoch;
            }
        }
    }

    private sealed class Following : IAsyncDisposable
    {
        private readonly AuthorityUnderTest authority;
        private readonly HttpClient http = new();
        private HttpResponseMessage? answer;
        private IAsyncEnumerator<SseItem<string>>? events;

        private Following(AuthorityUnderTest authority) => this.authority = authority;

        public static async Task<Following> StartAsync(AuthorityUnderTest authority, string token, long? after)
        {
            var following = new Following(authority);
            following.http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            following.answer = await following.http.GetAsync(authority.Url + AuthorityRoutes.StandingAfter(after), HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, following.answer.StatusCode);
            following.events = SseParser.Create(await following.answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
            return following;
        }

        public async Task<StandingEpoch> NextAsync()
        {
            Assert.True(await events!.MoveNextAsync().AsTask().Within("the next epoch"));
            return Read();
        }

        public async Task<StandingEpoch> UntilAsync(Predicate<StandingEpoch> condition)
        {
            var epoch = await NextAsync();
            while (!condition(epoch))
            {
                epoch = await NextAsync();
            }

            return epoch;
        }

        public async Task<StandingEpoch> LastAsync()
        {
            var last = await NextAsync();
            while (await events!.MoveNextAsync().AsTask().Within("the end of the stream"))
            {
                last = Read();
            }

            return last;
        }

        public async ValueTask DisposeAsync()
        {
            answer!.Dispose();
            http.Dispose();
            await events!.DisposeAsync();
        }

        private StandingEpoch Read() =>
            StandingEpoch.Verify(events!.Current.Data, AuthorityUnderTest.Id, AuthorityUnderTest.Space, [authority.SigningKey.Public], authority.Clock.GetUtcNow());
    }
}
