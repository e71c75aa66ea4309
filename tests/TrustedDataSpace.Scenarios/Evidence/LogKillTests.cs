using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Evidence;

public sealed class LogKillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Five_kills_while_appending_lose_no_acknowledged_entry_and_make_no_fork_and_no_gap()
    {
        using var run = new LogKillRun();
        var dice = new Dice();
        output.WriteLine("seed " + dice.SeedText);

        await run.RunAsync(5, dice, longestLife: 1_000);

        Assert.True(run.Size >= run.Acknowledged);
        Assert.True(run.Acknowledged > 0);
    }

    [Fact]
    public async Task A_full_disk_acknowledges_nothing_loses_nothing_and_with_room_again_the_same_batches_are_taken_once()
    {
        using var run = new LogKillRun();

        await run.FillAsync();

        Assert.True(run.Size >= 1200);
    }
}
