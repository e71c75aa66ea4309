using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>Either party may end an agreement: data stops at once, on both sides, and stays stopped.</summary>
public sealed class AgreementEndTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const string Reason = "the project is over";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ended_agreement_ends_its_transfers_on_both_sides_and_lets_nothing_through(bool byProvider)
    {
        var space = shared.Space;
        var contract = await space.ContractAsync(byProvider ? "ended-by-provider" : "ended-by-consumer");
        Assert.Equal(HttpStatusCode.OK, (await contract.UseAsync()).StatusCode);
        var (ending, other) = byProvider ? (space.Provider, space.Consumer) : (space.Consumer, space.Provider);

        var ended = await EndAsync(ending, contract.Agreement);

        Assert.Equal("ended", ended.State);
        foreach (var side in (HttpClient[])[ending, other])
        {
            var transfer = (await TransfersAsync(side)).Single(item => item.AgreementId == contract.Agreement);
            transfer = await side.WaitAsync<TransferView>($"{ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id)}?after=STARTED");
            Assert.Equal("TERMINATED", transfer.State);
            Assert.Contains(Reason, string.Join(" ", transfer.Reasons), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await contract.UseAsync()).StatusCode);
    }

    [Fact]
    public async Task New_transfer_is_refused_by_the_provider_that_has_ended_the_agreement()
    {
        var space = shared.Space;
        var contract = await space.ContractAsync("again-at-provider");
        await EndAsync(space.Provider, contract.Agreement);

        var transfer = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = contract.Agreement });
        transfer = await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id));

        Assert.Equal("TERMINATED", transfer.State);
        Assert.Contains("agreement", string.Join(" ", transfer.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Consumer_that_has_ended_the_agreement_asks_for_nothing_more()
    {
        var space = shared.Space;
        var contract = await space.ContractAsync("again-at-consumer");
        await EndAsync(space.Consumer, contract.Agreement);

        using var refused = await space.Consumer.PostAsJsonAsync(ManagementRoutes.Transfers, new TransferStart { AgreementId = contract.Agreement });

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("ended", (await refused.ProblemAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_is_evidence_once_and_needs_a_reason()
    {
        var space = shared.Space;
        var contract = await space.ContractAsync("evidence-of-end");
        using var refused = await space.Provider.PostAsJsonAsync(Route(contract.Agreement), new Termination { Reason = " " });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var unknown = await space.Provider.PostAsJsonAsync(Route("nothing"), new Termination { Reason = Reason });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        await EndAsync(space.Provider, contract.Agreement);
        await EndAsync(space.Provider, contract.Agreement);

        await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        var entries = await space.Operator.GetFromJsonAsync<JsonElement>(AuthorityRoutes.EvidenceEntriesPage(0, 1000));
        Assert.Single(entries.GetProperty("items").EnumerateArray().Select(item => item.GetRawText()), text =>
            text.Contains("agreement.ended", StringComparison.Ordinal) && text.Contains(contract.Agreement, StringComparison.Ordinal));
    }

    private static Task<AgreementView> EndAsync(HttpClient side, string agreement) => side.PostAsync<AgreementView>(Route(agreement), new Termination { Reason = Reason });

    private static async Task<IReadOnlyList<TransferView>> TransfersAsync(HttpClient side) =>
        (await side.WaitAsync<Page<TransferView>>(ManagementRoutes.Transfers)).Items;

    private static string Route(string agreement) => ManagementRoutes.For(ManagementRoutes.AgreementTermination, agreement);
}
