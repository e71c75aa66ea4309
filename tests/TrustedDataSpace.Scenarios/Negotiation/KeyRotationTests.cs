using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Standing;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
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
        await RotateAsync(self);
        space.Clock.Set(asked);

        // Its rotation was not told, and what is known of it is of before.
        Assert.Equal(before, (await directory.FindAsync(rotating, default)).Key.Kid);
        await space.AgreeAsync("weather");
        Assert.NotEqual(before, (await directory.FindAsync(rotating, default)).Key.Kid);
    }

    private static async Task RotateAsync(HttpClient service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, KeyRoutes.Rotation);
        request.Headers.Add("Prefer", "wait=20");
        using var answer = await service.SendAsync(request).Within("the rotation");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var list = (await answer.Content.ReadFromJsonAsync<KeyList>(ProtocolJson.Options))!;
        Assert.True(list.Keys[0].State == "current", list.Problem);
    }
}
