using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>A side killed at each step of a contract and of a transfer, in turn. Each side at each step, again and again, is for the soak run.</summary>
public sealed class StepKillTests
{
    private const string Product = "curves";

    [Fact]
    public async Task A_negotiation_and_a_transfer_finish_though_a_side_is_killed_at_each_step()
    {
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync(Product);
        await StepRun.RoundAsync(space, Product, inTurn: true);
        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        Assert.True(books.Problems.Count == 0, string.Join(Environment.NewLine, books.Problems));
        Assert.Equal((5, 3), (books.Negotiations, books.Transfers));
    }
}
