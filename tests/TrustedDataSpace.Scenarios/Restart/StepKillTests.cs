using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>Each side killed at each step of a contract and of a transfer.</summary>
public sealed class StepKillTests
{
    private const string Product = "curves";

    [Fact]
    public async Task A_negotiation_and_a_transfer_finish_whichever_side_is_killed_at_whichever_step()
    {
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync(Product);
        await StepRun.RoundAsync(space, Product);
        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        Assert.True(books.Problems.Count == 0, string.Join(Environment.NewLine, books.Problems));
        Assert.Equal((9, 6), (books.Negotiations, books.Transfers));
    }
}
