using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>While the authority is away, contracts serve as long as it is known who is a member; then they are refused with the reason. Nothing is lost.</summary>
public sealed class AuthorityAwayTests
{
    [Fact]
    public async Task Uses_go_on_then_are_refused_with_the_reason_and_all_is_caught_up_when_it_is_back()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("curves");
        using (var before = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        await space.StopAuthorityAsync();
        using (var known = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        }

        // Who was suspended meanwhile is known no longer than a minute after the authority's last word.
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(50));
        using (var known = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        }

        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(11));
        // Of data alone: what the connectors tell each other meanwhile is refused as well, and tried again.
        var logged = (space.Refusals("grid", "/data/"), space.Refusals("vpp", "/consume/"));
        using (var refused = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            var problem = await refused.ProblemAsync();
            Assert.Equal("authority", problem.GetProperty("where").GetString());
            Assert.Equal("standing", problem.GetProperty("reasons")[0].GetProperty("code").GetString());
            Assert.Contains("try again when the authority", problem.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal((logged.Item1 + 1, logged.Item2), (space.Refusals("grid", "/data/"), space.Refusals("vpp", "/consume/")));
        await space.PublishAsync("made-meanwhile");
        Assert.Equal(1, Waiting(space));
        var evidence = await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence, seconds: 0);
        Assert.True(evidence.Logged < evidence.Entries);

        await space.RestartAuthorityAsync();
        evidence = await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        Assert.Equal(evidence.Entries, evidence.Logged);
        var database = space.Behind(space.Provider).Services.GetRequiredService<Database>();
        Assert.True(await database.WaitUntilAsync(() => Waiting(space) == 0, Deadline.Limit, default));
        var page = await space.Operator.GetStringAsync(new Uri(AuthorityRoutes.ProductsPage("made-meanwhile", 10), UriKind.Relative));
        Assert.Contains("made-meanwhile", page, StringComparison.Ordinal);
        using var after = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal(4, Assert.Single(await contract.CountsAsync()).Requests);
    }

    private static long Waiting(TestSpace space) => space.Behind(space.Provider).Services.GetRequiredService<Database>()
        .Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM outbox"));
}
