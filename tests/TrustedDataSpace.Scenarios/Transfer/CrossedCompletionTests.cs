using System.Net;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Scenarios.Delivery;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>One side completes a transfer while the other suspends it, each before it has heard of the other: both say that it is completed, whichever message comes first.</summary>
public sealed class CrossedCompletionTests
{
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, false, true)]
    public async Task A_completion_that_crosses_a_suspension_completes_the_transfer_on_both_sides(bool byProvider, bool completionIsFirst, bool isOver)
    {
        await using var faults = await FaultSpace.StartAsync();
        var space = faults.Space;
        var contract = await space.AgreeAsync("curves");
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var (provider, consumer) = ((Side: space.Provider, Id: contract.Flow, Proxy: faults.AtProvider), (Side: space.Consumer, Id: contract.Transfer, Proxy: faults.AtConsumer));
        var (completes, suspends) = byProvider ? (provider, consumer) : (consumer, provider);
        faults.Script(FaultSpace.NoTransfers);
        await suspends.Side.StepAsync(ManagementRoutes.TransferSuspension, suspends.Id, "own: one");
        if (isOver)
        {
            await suspends.Side.StepAsync(ManagementRoutes.TransferStarting, suspends.Id);
        }

        await completes.Side.StepAsync(ManagementRoutes.TransferCompletion, completes.Id);

        // One of the two gets through, and is dealt with before the other is let through.
        var (first, to) = completionIsFirst ? (completes, suspends.Proxy) : (suspends, completes.Proxy);
        to.Script = (_, _) => Fault.None;
        Assert.True(await faults.HasSentAsync(first.Side, "transfer.%"), "the first message is not delivered");
        faults.Script((_, _) => Fault.None);
        Assert.Equal("COMPLETED", (await space.UntilAsync(suspends.Side, suspends.Id, transfer => transfer.State is "COMPLETED" or "TERMINATED")).State);
        foreach (var side in new[] { space.Provider, space.Consumer })
        {
            Assert.True(await faults.HasSentAsync(side, "transfer.%"), "a message of a transfer is not delivered");
        }

        Assert.Equal(("COMPLETED", "COMPLETED"), (await StateAsync(provider.Side, provider.Id), await StateAsync(consumer.Side, consumer.Id)));
        var counts = await space.Provider.CountsAsync(contract.Agreement);
        Assert.NotEmpty(counts);
        Assert.Equal(counts, await space.Consumer.CountsAsync(contract.Agreement));
        foreach (var side in new[] { space.Provider, space.Consumer })
        {
            // The log has it once of each.
            var evidence = await side.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
            Assert.Equal(evidence.Entries, evidence.Logged);
            Assert.Equal(1, FaultSpace.Count(faults.Of<Hosting.Storage.Database>(side), "SELECT count(*) FROM evidence_trail WHERE entry LIKE '%\"transfer.completed\"%'"));
            Assert.Equal(0, FaultSpace.Count(faults.Of<Hosting.Storage.Database>(side), "SELECT count(*) FROM evidence_trail WHERE entry LIKE '%\"transfer.terminated\"%'"));
        }
    }

    private static async Task<string> StateAsync(HttpClient side, string id) =>
        (await side.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, id), seconds: 0)).State;
}
