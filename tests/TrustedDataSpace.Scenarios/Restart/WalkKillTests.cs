using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>Steps by hand, rounds, suspensions: a side is killed behind every second of them. Either side behind each, and again and again, is for the soak run.</summary>
public sealed class WalkKillTests
{
    [Fact]
    public async Task Every_step_by_hand_arrives_once_though_a_side_is_killed_behind_every_second()
    {
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync("curves", negotiation: NegotiationModes.Manual);
        var walks = new WalkKills(space, "curves");

        // In turn the side that has taken the step and the one that must hear of it.
        Func<int, Member?> Alternating(Walk walk) => i => i % 2 != 0 ? null : (i % 4 == 0) == walk.Steps[i].ByConsumer ? space.Consumer : space.Provider;
        var agreement = await walks.TakeAsync(Walk.Agreeing, Alternating(Walk.Agreeing));
        await walks.TakeAsync(Walk.Declining, i => i == 1 ? space.Provider : null);
        await walks.TakeAsync(Walk.Transferring, Alternating(Walk.Transferring), agreement);
        await walks.CheckAgreementsAsync([agreement!]);
        Assert.True(walks.Problems.Count == 0, string.Join(Environment.NewLine, walks.Problems));
        Assert.Equal(8, walks.Kills);
    }
}
