using System.Net;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Evidence;

/// <summary>The clock of a connector is set by an hour: no evidence is lost or changes its order, and the log is not refused for it.</summary>
public sealed class ClockJumpTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task While_the_clock_of_one_connector_is_wrong_its_evidence_waits_and_all_of_it_is_logged_in_order_when_it_is_right(int hours)
    {
        var clock = new SettableClock();
        await using var space = await TestSpace.StartAsync(clockOfProvider: clock);
        var contract = await space.ContractAsync("before");
        var before = await LoggedAsync(space);

        // Nobody takes a token that is of another hour, and no request: nothing passes while nobody can tell when.
        clock.Set(clock.GetUtcNow() + TimeSpan.FromHours(hours));
        using (var use = await contract.UseAsync())
        {
            Assert.False(use.IsSuccessStatusCode, $"{use.StatusCode}");
        }

        await space.PublishAsync("meanwhile");
        var meanwhile = await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence, seconds: 0);
        Assert.True(meanwhile.Entries > before.Entries);
        Assert.Equal((before.Logged, null), (meanwhile.Logged, meanwhile.Alarm));

        clock.Set(space.Clock.GetUtcNow());
        await space.PublishAsync("after");
        var after = await LoggedAsync(space);
        Assert.True(after.Entries > meanwhile.Entries);
        using (var use = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, use.StatusCode);
        }

        await space.ContractAsync("again");
        await InOrderAsync(space);
    }

    [Fact]
    public async Task While_the_clock_of_the_whole_space_is_set_by_an_hour_evidence_goes_on_being_logged()
    {
        await using var space = await TestSpace.StartAsync();
        var entries = 0L;
        foreach (var hours in new[] { 0, -1, 1, 1, -1 })
        {
            space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromHours(hours));
            await space.PublishAsync($"product-{entries}");
            var status = await LoggedAsync(space);
            Assert.True(status.Entries > entries);
            entries = status.Entries;
        }

        await InOrderAsync(space);
    }

    private static async Task<EvidenceStatus> LoggedAsync(TestSpace space)
    {
        var status = await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        Assert.Equal((status.Entries, null), (status.Logged, status.Alarm));
        return status;
    }

    // In the log as in the trail, which has them in the order in which they were written; each once.
    private static async Task InOrderAsync(TestSpace space)
    {
        await LoggedAsync(space);
        var trail = (await space.Provider.WaitAsync<Page<EvidenceItem>>(ManagementRoutes.EvidenceEntries + "?limit=200", seconds: 0)).Items;
        Assert.True(trail.Count > 1);
        Assert.Equal(trail.Select(item => item.LogIndex!.Value).Order(), trail.OrderBy(item => item.Entry.Id, StringComparer.Ordinal).Select(item => item.LogIndex!.Value));
        var log = (await space.Operator.WaitAsync<Page<EvidenceEntry>>(AuthorityRoutes.EvidenceEntriesPage(0, 1000), seconds: 0)).Items;
        Assert.Equal(
            trail.OrderBy(item => item.LogIndex).Select(item => item.Entry.Id),
            log.Where(entry => entry.Source == TestSpace.Grid).Select(entry => entry.Id));
    }
}
