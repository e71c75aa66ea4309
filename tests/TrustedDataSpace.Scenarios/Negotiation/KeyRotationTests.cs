using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Standing;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Negotiation;

/// <summary>A key that signs as soon as it is published, under an agreement with somebody who has just asked the register about the one before.</summary>
public sealed class KeyRotationTests
{
    [Theory]
    [InlineData(TestSpace.Grid)]
    [InlineData(TestSpace.Vpp)]
    public async Task A_contract_is_made_although_a_party_has_just_replaced_its_key(string rotating)
    {
        await using var space = await TestSpace.StartAsync();
        var (self, other) = rotating == TestSpace.Grid ? (space.Provider, space.Consumer) : (space.Consumer, space.Provider);
        await space.ContractAsync("curves");
        await space.PublishAsync("weather");
        var directory = space.Behind(other).Services.GetRequiredService<IPeerDirectory>();

        // Asked about now, so that nothing else makes it ask again before long, however slow the machine is.
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(61));
        var before = (await directory.FindAsync(rotating, default)).Key.Kid;
        var asked = space.Clock.GetUtcNow();
        await space.Behind(other).Services.GetServices<IHostedService>().OfType<StandingFeed>().Single().StopAsync(default).Within("the feed to stop");
        await Gate.KeyRotationTests.RotateAsync(self);
        space.Clock.Set(asked);

        // Its rotation was not told, and what is known of it is of before.
        Assert.Equal(before, (await directory.FindAsync(rotating, default)).Key.Kid);
        await space.AgreeAsync("weather");
        Assert.NotEqual(before, (await directory.FindAsync(rotating, default)).Key.Kid);
    }
}
