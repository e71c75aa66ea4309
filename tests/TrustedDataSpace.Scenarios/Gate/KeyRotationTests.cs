using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

public sealed class KeyRotationTests
{
    [Fact]
    public async Task While_every_key_of_the_space_is_replaced_a_running_flow_loses_no_request()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("curves");
        using var stop = new CancellationTokenSource();
        var uses = UseUntilAsync(contract, stop.Token);

        foreach (var service in new[] { space.Provider, space.Consumer, space.Operator })
        {
            var before = service.Keys(space).Signing(NameOf(space, service)).Kid;
            var list = await RotateAsync(service);
            Assert.Equal(["current", "retired"], list.Keys.Select(key => key.State));
            Assert.Equal(before, list.Keys[1].Kid);
            Assert.NotEqual(before, service.Keys(space).Signing(NameOf(space, service)).Kid);
        }

        // Here keys sign as soon as they are published: what others know of a peer is older than that for up to ten seconds.
        space.Clock.Set(space.Clock.GetUtcNow().AddSeconds(10));

        // New contracts are made with the new keys, evidence goes on, and both sides are still members. The key of the new flow is encrypted to
        // the consumer's former key: the provider keeps its document for longer.
        var other = await space.ContractAsync("weather");
        using (var answer = await other.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await stop.CancelAsync();
        var answers = await uses.Within("the last use");
        Assert.NotEmpty(answers);
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        foreach (var connector in new[] { space.Provider, space.Consumer })
        {
            Assert.Equal("active", (await connector.WaitAsync<ConnectorStatus>(ManagementRoutes.Status)).Membership);
            var evidence = await connector.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
            Assert.Equal(evidence.Entries, evidence.Logged);
        }
    }

    [Fact]
    public async Task The_authority_is_told_before_the_new_key_signs_and_a_rotation_waits_for_it()
    {
        await using var space = await TestSpace.StartAsync();
        var keys = space.Provider.Keys(space);
        var before = keys.Signing(ParticipantKey.Name).Kid;
        await space.StopAuthorityAsync();

        var begun = await space.Provider.PostAsync<KeyList>(KeyRoutes.Rotation, new { });
        var next = begun.Keys[0];
        Assert.Equal("next", next.State);
        Assert.Equal(before, keys.Signing(ParticipantKey.Name).Kid);

        await space.RestartAuthorityAsync();
        Assert.Equal(next.Kid, (await RotateAsync(space.Provider)).Keys[0].Kid);
        var member = await space.Operator.GetFromJsonAsync<Participant>(AuthorityRoutes.ForParticipant(TestSpace.Grid), ProtocolJson.Options);
        Assert.Equal((next.Kid, before), (member!.Key.Kid, Assert.Single(member.FormerKeys).Key.Kid));
    }

    [Fact]
    public async Task A_replaced_key_that_is_revoked_counts_nowhere_from_then_on()
    {
        await using var space = await TestSpace.StartAsync();
        var list = await RotateAsync(space.Provider);
        var former = list.Keys[1].Kid;
        Assert.Contains(former, await DocumentAsync(space.Provider), StringComparison.Ordinal);
        foreach (var (kid, status) in new[] { (list.Keys[0].Kid, HttpStatusCode.Conflict), ("none", HttpStatusCode.NotFound), (former, HttpStatusCode.NoContent), (former, HttpStatusCode.NoContent) })
        {
            using var answer = await space.Provider.DeleteAsync(new Uri(ManagementRoutes.For(KeyRoutes.Key, kid), UriKind.Relative));
            Assert.Equal(status, answer.StatusCode);
        }

        // Here at once, and at the authority as soon as it has heard.
        Assert.DoesNotContain(former, await DocumentAsync(space.Provider), StringComparison.Ordinal);
        var now = space.Clock.GetUtcNow();
        Assert.DoesNotContain(space.Provider.Keys(space).Accepted(ParticipantKey.Name, now), key => key.Kid == former);
        var register = space.Behind(space.Operator).Services.GetRequiredService<Database>();
        Assert.True(await register.WaitUntilAsync(
            () => register.Read(connection => connection.QuerySingle<long>("SELECT accepted_until FROM former_keys WHERE kid = @former", new { former })) <= now.ToUnixTimeMilliseconds() + 1000,
            Deadline.Limit,
            default));
        var events = await space.Provider.GetFromJsonAsync<Page<EventView>>(ManagementRoutes.Events + "?kind=key.revoked", ProtocolJson.Options);
        Assert.Single(events!.Items);
    }

    private static Task<string> DocumentAsync(HttpClient service) => service.GetStringAsync(new Uri("/.well-known/did.json", UriKind.Relative));

    /// <summary>A service replaces its key, and the next one signs.</summary>
    internal static async Task<KeyList> RotateAsync(HttpClient service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, KeyRoutes.Rotation);
        request.Headers.Add("Prefer", "wait=20");
        using var answer = await service.SendAsync(request).Within("the rotation");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var list = (await answer.Content.ReadFromJsonAsync<KeyList>(ProtocolJson.Options))!;
        Assert.True(list.Keys[0].State == "current", list.Problem);
        return list;
    }

    private static string NameOf(TestSpace space, HttpClient service) => service == space.Operator ? "authority" : ParticipantKey.Name;

    private static async Task<List<HttpStatusCode>> UseUntilAsync(TestContract contract, CancellationToken stop)
    {
        var answers = new List<HttpStatusCode>();
        while (!stop.IsCancellationRequested)
        {
            using var answer = await contract.UseAsync();
            answers.Add(answer.StatusCode);
        }

        return answers;
    }
}

file static class Services
{
    public static KeyStore Keys(this HttpClient service, TestSpace space) => space.Behind(service).Services.GetRequiredService<KeyStore>();
}
