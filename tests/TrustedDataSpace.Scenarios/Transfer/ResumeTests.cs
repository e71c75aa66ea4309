using System.Net;
using System.Net.Http.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>A transfer that is pulled, suspended and started again, by either side of two real connectors.</summary>
public sealed class ResumeTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly TestSpace space = shared.Space;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_has_suspended_a_transfer_starts_it_again_and_data_flows_as_before(bool byProvider)
    {
        var contract = await space.ContractAsync(byProvider ? "resumed-by-provider" : "resumed-by-consumer");
        var (side, id, other, otherId) = byProvider
            ? (space.Provider, contract.Flow, space.Consumer, contract.Transfer)
            : (space.Consumer, contract.Transfer, space.Provider, contract.Flow);
        await UseAsync(contract, HttpStatusCode.OK);

        // The second time for longer than an access token lives.
        foreach (var pause in new[] { TimeSpan.Zero, TimeSpan.FromMinutes(20) })
        {
            var suspended = await side.StepAsync(ManagementRoutes.TransferSuspension, id, "maintenance: until noon");
            Assert.Equal(("SUSPENDED", true, "maintenance"), (suspended.State, suspended.Waiting, suspended.Code));
            await UseAsync(contract, HttpStatusCode.Forbidden);
            var seen = await other.TransferAsync(otherId, after: "STARTED");
            Assert.Equal(("SUSPENDED", false, "maintenance"), (seen.State, seen.Waiting, seen.Code));
            Assert.Equal(["maintenance: until noon"], seen.Reasons);
            using (var refused = await other.PostAsJsonAsync(ManagementRoutes.For(ManagementRoutes.TransferStarting, otherId), new { }))
            {
                Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            }

            await UseAsync(contract, HttpStatusCode.Forbidden);
            space.Clock.Set(space.Clock.GetUtcNow() + pause);
            var started = await side.StepAsync(ManagementRoutes.TransferStarting, id);
            Assert.Equal(("STARTED", null, 0), (started.State, started.SuspendedBy, started.Reasons.Count));
            Assert.Equal("STARTED", (await other.TransferAsync(otherId, after: "SUSPENDED")).State);
            await UseAsync(contract, HttpStatusCode.OK);
        }

        var counts = Assert.Single(await space.Provider.CountsAsync(contract.Agreement));
        Assert.Equal((UsageOutcomes.Ok, 3L), (counts.Outcome, counts.Requests));
        Assert.Equal([counts], await space.Consumer.CountsAsync(contract.Agreement));
    }

    [Fact]
    public async Task A_transfer_of_a_product_that_a_person_starts_waits_for_that_person()
    {
        var agreement = await space.AgreeAsync(mode: NegotiationModes.Manual);
        var first = await RequestAsync(agreement);
        Assert.Equal(("REQUESTED", true), (first.State, first.Waiting));
        await space.Provider.StepAsync(ManagementRoutes.TransferStarting, first.Id);
        Assert.Equal("STARTED", (await space.Consumer.TransferAsync(first.CounterpartyPid!)).State);

        var second = await RequestAsync(agreement);
        await space.Provider.StepAsync(ManagementRoutes.TransferTermination, second.Id, "declined: not this month");
        var declined = await space.Consumer.TransferAsync(second.CounterpartyPid!);
        Assert.Equal(("TERMINATED", "declined"), (declined.State, declined.Code));
    }

    // As the provider sees it.
    private async Task<TransferView> RequestAsync(string agreement)
    {
        var asked = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement });
        var waiting = await space.UntilAsync(space.Consumer, asked.Id, transfer => transfer.Flow is not null);
        return await space.Provider.TransferAsync(waiting.Flow!);
    }

    private static async Task UseAsync(TestContract contract, HttpStatusCode expected)
    {
        using var answer = await contract.UseAsync();
        Assert.Equal(expected, answer.StatusCode);
    }
}
