using System.Net;
using System.Text.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>The clock of all services is set by hours, forwards and back: contracts go on, and the two meters stay equal.</summary>
public sealed class ClockTests
{
    [Fact]
    public async Task A_clock_that_is_set_by_hours_breaks_nothing()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("curves");
        foreach (var hours in new[] { 0, 9, -5, 3 })
        {
            space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromHours(hours));
            using var answer = await contract.UseAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{hours} h: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");

            // A new contract needs every token and every message of the protocol.
            await space.ContractAsync("curves" + hours);
        }

        Assert.Equal(4, (await contract.CountsAsync()).Sum(count => count.Requests));
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Flow), new Termination { Reason = "end" });
        await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer) + "?after=STARTED");
        Assert.Equal(4, (await contract.RecordsAsync()).Sum(record => record.Leaves));
    }
}
