using System.Net;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Scenarios.Delivery;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>Both sides suspend and start while their messages wait: in the end both say the same, and whoever has suspended can start.</summary>
public sealed class CrossedSuspensionTests
{
    [Fact]
    public async Task A_suspension_that_gave_way_and_is_over_is_not_sent_any_more()
    {
        await using var faults = await FaultSpace.StartAsync();
        var space = faults.Space;
        var contract = await space.AgreeAsync("curves");
        faults.AtProvider.Script = FaultSpace.NoTransfers;
        await space.Consumer.StepAsync(ManagementRoutes.TransferSuspension, contract.Transfer, "own: two");
        await space.Provider.StepAsync(ManagementRoutes.TransferSuspension, contract.Flow, "maintenance: one");
        await space.UntilAsync(space.Consumer, contract.Transfer, transfer => transfer.SuspendedBy == "PROVIDER");
        await space.Provider.StepAsync(ManagementRoutes.TransferStarting, contract.Flow);
        await space.UntilAsync(space.Consumer, contract.Transfer, transfer => transfer.State == "STARTED");
        Assert.Equal(("STARTED", null), await EndAsync(faults, contract));
    }

    [Fact]
    public async Task A_suspension_that_is_over_before_the_consumer_hears_of_it_brings_the_key_of_the_start_behind_it()
    {
        await using var faults = await FaultSpace.StartAsync();
        var space = faults.Space;
        var contract = await space.AgreeAsync("curves");
        faults.AtConsumer.Script = FaultSpace.NoTransfers;
        await space.Provider.StepAsync(ManagementRoutes.TransferSuspension, contract.Flow, "maintenance: one");
        await space.Provider.StepAsync(ManagementRoutes.TransferStarting, contract.Flow);
        var revision = (await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer), seconds: 0)).Revision;
        Assert.Equal(("STARTED", null), await EndAsync(faults, contract));

        // It has heard of both.
        var consumer = await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer), seconds: 0);
        Assert.True(consumer.Revision >= revision + 2, $"{revision}, {consumer.Revision}");
    }

    [Fact]
    public async Task A_suspension_that_was_over_before_it_was_sent_locks_nobody_out_and_its_start_brings_the_key()
    {
        await using var faults = await FaultSpace.StartAsync();
        var space = faults.Space;
        var contract = await space.AgreeAsync("curves");
        faults.AtConsumer.Script = FaultSpace.NoTransfers;
        await space.Provider.StepAsync(ManagementRoutes.TransferSuspension, contract.Flow, "maintenance: one");
        await space.Provider.StepAsync(ManagementRoutes.TransferStarting, contract.Flow);
        await space.Consumer.StepAsync(ManagementRoutes.TransferSuspension, contract.Transfer, "own: two");
        await space.UntilAsync(space.Provider, contract.Flow, transfer => transfer.State == "SUSPENDED");
        Assert.Equal(("SUSPENDED", "CONSUMER"), await EndAsync(faults, contract));
        await space.Consumer.StepAsync(ManagementRoutes.TransferStarting, contract.Transfer);
        await space.UntilAsync(space.Provider, contract.Flow, transfer => transfer.State == "STARTED");
        Assert.Equal(("STARTED", null), await EndAsync(faults, contract));
        using var answer = await contract.UseAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());

        // Once: the next start of the consumer finds the provider with nothing to say.
        await space.Consumer.StepAsync(ManagementRoutes.TransferSuspension, contract.Transfer, "own: three");
        await space.Consumer.StepAsync(ManagementRoutes.TransferStarting, contract.Transfer);
        Assert.Equal(("STARTED", null), await EndAsync(faults, contract));
        Assert.Equal(2, faults.AtConsumer.Messages.Where(message => message.Path.EndsWith("/start", StringComparison.Ordinal)).DistinctBy(message => message.Id).Count());
        using var next = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    // What both say when nothing waits any more.
    private static async Task<(string State, string? By)> EndAsync(FaultSpace faults, TestContract contract)
    {
        faults.Script((_, _) => Fault.None);
        foreach (var side in new[] { faults.Space.Provider, faults.Space.Consumer })
        {
            Assert.True(await faults.HasSentAsync(side, "transfer.%"), "a message of a transfer is not delivered");
        }

        var provider = await faults.Space.Provider.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Flow), seconds: 0);
        var consumer = await faults.Space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer), seconds: 0);
        Assert.Equal((provider.State, provider.SuspendedBy), (consumer.State, consumer.SuspendedBy));
        return (provider.State, provider.SuspendedBy);
    }
}
