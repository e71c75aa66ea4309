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
        var steps = new StepKills(space, Product);
        var agreement = "";
        foreach (var state in (string[])["REQUESTED", "AGREED", "VERIFIED", "FINALIZED"])
        {
            agreement = await steps.NegotiateAsync(space.Consumer, state);
            agreement = await steps.NegotiateAsync(space.Provider, state);
        }

        // The authority is asked for tokens, for the peer and for the filing: killed at the first step it misses them all.
        await steps.NegotiateAsync(space.Authority, "REQUESTED");
        foreach (var state in (string[])["REQUESTED", "STARTED", "TERMINATED"])
        {
            await steps.TransferAsync(agreement, space.Consumer, state);
            await steps.TransferAsync(agreement, space.Provider, state);
        }

        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        Assert.True(books.Problems.Count == 0, string.Join(Environment.NewLine, books.Problems));
        Assert.Equal((9, 6), (books.Negotiations, books.Transfers));
    }
}
