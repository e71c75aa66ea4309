using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Identity;

/// <summary>For how long the authority's word on a member counts, and from when on.</summary>
public sealed class AuthorityDirectoryTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock clock = new();
    private TestSpace space = null!;
    private TestConnector connector = null!;
    private AuthorityDirectory directory = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
        var settings = connector.Service<ConnectorSettings>();
        directory = new AuthorityDirectory(
            connector.Service<AuthorityClient>(), settings with { Authority = settings.Authority with { MaxStaleness = TimeSpan.FromSeconds(30) } }, clock);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task The_last_word_counts_until_it_is_too_old_and_the_next_one_makes_it_young()
    {
        await FindAsync();
        Away();
        clock.Advance(29 * Second);
        await FindAsync();
        clock.Advance(Second);
        await RefusedAsync();
        space.Register = _ => null;
        clock.Advance(Second);
        await FindAsync();
        Assert.Equal(clock.GetUtcNow(), directory.StandingOf(TestSpace.Peer));
    }

    [Fact]
    public async Task An_epoch_counts_from_when_it_was_signed_and_not_from_when_it_came()
    {
        directory.Begin();
        clock.Advance(Second);
        await FindAsync();
        Away();
        clock.Advance(20 * Second);
        var signed = clock.GetUtcNow();
        clock.Advance(5 * Second);
        directory.Confirm(signed);
        Assert.Equal(signed, directory.StandingOf(TestSpace.Peer));

        clock.Advance(24 * Second);
        await FindAsync();
        clock.Advance(Second);
        await RefusedAsync();
    }

    [Fact]
    public async Task An_epoch_of_a_clock_that_is_ahead_counts_from_when_it_came()
    {
        directory.Begin();
        clock.Advance(Second);
        await FindAsync();
        clock.Advance(Second);
        directory.Confirm(clock.GetUtcNow() + (10 * Second));

        Assert.Equal(clock.GetUtcNow(), directory.StandingOf(TestSpace.Peer));
    }

    [Fact]
    public async Task Who_followed_only_later_does_not_vouch_for_what_was_asked_before()
    {
        await FindAsync();
        var asked = clock.GetUtcNow();
        clock.Advance(Second);
        directory.Begin();
        directory.Confirm(clock.GetUtcNow());

        Assert.Equal(asked, directory.StandingOf(TestSpace.Peer));
    }

    [Fact]
    public async Task Whoever_was_suspended_has_no_last_word_to_live_on()
    {
        await FindAsync();
        clock.Advance(11 * Second);
        Suspended();
        Assert.Equal(RefusalCode.Forbidden, (await Assert.ThrowsAsync<RefusalException>(FindAsync)).Code);
        Away();
        clock.Advance(2 * Second);
        await RefusedAsync();
        Assert.Null(directory.StandingOf(TestSpace.Peer));
    }

    [Fact]
    public async Task Whoever_was_suspended_right_before_changes_were_told_stands_no_longer_than_the_last_word_counts()
    {
        await FindAsync();
        Suspended();
        clock.Advance(Second);
        directory.Begin();
        directory.Confirm(clock.GetUtcNow());
        Assert.True(await StandsAsync());
        clock.Advance(10 * Second);
        directory.Confirm(clock.GetUtcNow());
        Assert.False(await StandsAsync());
    }

    [Fact]
    public async Task A_change_that_is_told_takes_the_last_word_away()
    {
        await FindAsync();
        Away();
        directory.Forget(new Dictionary<string, string> { [TestSpace.Peer] = ParticipantStates.Suspended });
        await RefusedAsync();
        Assert.False(await StandsAsync());
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_no_word_young()
    {
        await FindAsync();
        Away();
        clock.Advance(-5 * Second);
        Assert.Null(directory.StandingOf(TestSpace.Peer));
        await RefusedAsync();
    }

    [Fact]
    public async Task A_register_that_does_not_answer_is_not_asked_for_each_request_and_not_waited_for_for_long()
    {
        await FindAsync();
        var asked = 0;
        using var never = new ManualResetEventSlim();
        space.Register = _ =>
        {
            Interlocked.Increment(ref asked);
            never.Wait(Deadline.Limit);
            return null;
        };
        clock.Advance(11 * Second);
        for (var i = 0; i < 5; i++)
        {
            await Task.Run(FindAsync, TestContext.Current.CancellationToken).Within("the last word");
        }

        Assert.Equal(1, asked);
        never.Set();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_register_that_keeps_silent_is_asked_once_by_all_that_come_at_once(bool isKnown)
    {
        if (isKnown)
        {
            await FindAsync();
            clock.Advance(11 * Second);
        }

        var asked = 0;
        using var never = new ManualResetEventSlim();
        space.Register = _ =>
        {
            Interlocked.Increment(ref asked);
            never.Wait(Deadline.Limit);
            return null;
        };
        var all = Enumerable.Range(0, 8).Select(_ => FindAsync()).ToList();
        if (isKnown)
        {
            await Task.WhenAll(all).Within("the last word");
        }

        // Told in between: what is under way may be an answer of before.
        directory.Forget(new Dictionary<string, string> { ["did:web:other.example"] = ParticipantStates.Suspended });
        clock.Advance(2 * Second);
        var next = FindAsync();
        using (var deadline = new CancellationTokenSource(Deadline.Limit))
        {
            while (Volatile.Read(ref asked) < 2)
            {
                deadline.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        never.Set();
        await Task.WhenAll([.. all, next]).Within("the answers");
        Assert.Equal(2, asked);
    }

    private void Suspended() => space.Register = id => Results.Json(
        new Participant { Id = Protocol.Identity.Did.Parse(id), Name = id, Region = "44", Roles = [], Endpoint = new Uri(space.Url), Key = space.MemberKey.Public.Jwk, State = ParticipantStates.Suspended },
        Protocol.Json.ProtocolJson.Options);

    private async Task<bool> StandsAsync() => await directory.StandsAsync(TestSpace.Peer, TestContext.Current.CancellationToken);

    private void Away() => space.Register = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);

    private async Task<PeerRecord> FindAsync() => await directory.FindAsync(TestSpace.Peer, TestContext.Current.CancellationToken);

    private async Task RefusedAsync()
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(FindAsync);
        Assert.Equal((RefusalCode.Unavailable, "authority", "standing"), (refusal.Code, refusal.Where, refusal.Reasons[0].Code));
    }
}
