using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>Both connectors sign what they have counted, and the authority matches it: equal settles, and who counts otherwise is caught.</summary>
public sealed class ReceiptTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly ReceiptSpace receipts = new(shared.Space);

    private TestSpace Space => receipts.Space;

    [Fact]
    public async Task Use_that_both_have_counted_alike_settles()
    {
        var contract = await receipts.ContractAsync();
        await ReceiptSpace.UseAsync(contract);
        await ReceiptSpace.UseAsync(contract, "a-key");
        receipts.EndInterval();

        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Settled);
        Assert.Equal((2L, 2L * ReceiptSpace.RowsOfUse), (receipt.Counts!.Sum(count => count.Requests), receipt.Counts!.Sum(count => count.Rows)));
        Assert.Null(receipt.Dispute);
    }

    [Fact]
    public async Task Provider_that_signs_more_than_its_leaves_loses_by_the_recount()
    {
        var contract = await receipts.ContractAsync();
        await ReceiptSpace.UseAsync(contract);
        var inflated = await InflatedAsync(contract);
        receipts.EndInterval();

        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Resolved);
        var dispute = await receipts.DisputeAsync(receipt.Dispute!);
        Assert.Equal((Recounts.Deviates, Recounts.Agrees), (dispute.Provider.Recount, dispute.Consumer!.Recount));
        Assert.Equal((DisputeTakes.Consumer, "recount"), (dispute.Outcome!.Take, dispute.Outcome.By));
        Assert.Contains(dispute.Differences, difference => difference is { Meter: "rows", Provider: 1_000, Consumer: ReceiptSpace.RowsOfUse });
        Assert.Equal(ReceiptSpace.RowsOfUse, receipt.Counts!.Single().Rows);
        Assert.Equal(1_000, inflated.Counts.Single().Rows);
    }

    [Fact]
    public async Task Provider_that_invents_a_request_and_its_leaf_stands_against_the_consumers_count()
    {
        var contract = await receipts.ContractAsync();
        await ReceiptSpace.UseAsync(contract);
        await receipts.TamperAsync(Space.Provider, $"""
            INSERT INTO usage_leaves (space_id, role, flow, interval_no, sequence_no, agreement_id, purpose, state, outcome, row_count, byte_count)
            SELECT space_id, role, flow, interval_no, 99, agreement_id, 'inference', 'settled', 'ok', 500, 5000 FROM usage_intervals WHERE flow = '{contract.Flow}' AND role = 'PROVIDER'
            """);
        receipts.EndInterval();

        var dispute = await OpenAsync(contract);
        Assert.Equal((Recounts.Agrees, Recounts.Agrees), (dispute.Provider.Recount, dispute.Consumer!.Recount));
        var difference = Assert.Single((await Space.Operator.WaitAsync<Page<LeafDifference>>(AuthorityRoutes.ForDispute(dispute.Id, AuthorityRoutes.DisputeDifferences), 0)).Items);
        Assert.Equal((99L, 500L, (UsageLeaf?)null), (difference.Sequence, difference.Provider!.Rows, difference.Consumer));

        var resolved = await Space.Operator.PostAsync<Dispute>(AuthorityRoutes.ForDispute(dispute.Id, AuthorityRoutes.DisputeResolution), new DisputeResolution(DisputeTakes.Consumer, "request 99 was never sent"));
        Assert.Equal(DisputeTakes.Consumer, resolved.Outcome!.Take);
        Assert.Equal(ReceiptSpace.RowsOfUse, (await receipts.ReceiptAsync(contract, ReceiptStates.Resolved)).Counts!.Single().Rows);
    }

    [Theory]
    [InlineData("DELETE FROM usage_pages WHERE role = 'CONSUMER' AND flow = '{0}'", null)]
    [InlineData("UPDATE usage_leaves SET outcome = 'retry' WHERE role = 'CONSUMER' AND flow = '{0}'", "a-key")]
    public async Task Consumer_that_counts_less_or_calls_a_use_a_retry_is_in_dispute(string how, string? key)
    {
        var contract = await receipts.ContractAsync();
        await ReceiptSpace.UseAsync(contract, key);
        await receipts.TamperAsync(Space.Consumer, string.Format(System.Globalization.CultureInfo.InvariantCulture, how, contract.Flow));
        receipts.EndInterval();

        var dispute = await OpenAsync(contract);
        Assert.Contains(dispute.Differences, difference => difference is { Outcome: UsageOutcomes.Ok, Meter: "rows", Provider: ReceiptSpace.RowsOfUse, Consumer: 0 });
        Assert.Null((await receipts.ReceiptsAsync(contract)).Single().Counts);
    }

    [Fact]
    public async Task Consumer_that_does_not_sign_is_suspended_until_it_does()
    {
        var contract = await receipts.ContractAsync();
        await ReceiptSpace.UseAsync(contract);
        var interval = UsageInterval.At(Space.Clock.GetUtcNow());
        await receipts.TamperAsync(Space.Consumer, $"UPDATE usage_intervals SET unsettled = 1 WHERE role = 'CONSUMER' AND flow = '{contract.Flow}'");
        receipts.EndInterval();
        await ProviderHasSignedAsync(contract, interval);
        receipts.EndInterval(TimeSpan.FromMinutes(11));

        await receipts.TransferStateAsync(contract, "SUSPENDED");
        var unsigned = await receipts.ReceiptAsync(contract, ReceiptStates.Disputed);
        Assert.Equal(DisputeReasons.NotSigned, (await receipts.DisputeAsync(unsigned.Dispute!)).Reason);
        using (var refused = await contract.UseAsync())
        {
            Assert.False(refused.IsSuccessStatusCode);
        }

        await receipts.TamperAsync(Space.Consumer, $"UPDATE usage_intervals SET unsettled = 0 WHERE role = 'CONSUMER' AND flow = '{contract.Flow}'");
        receipts.Look();
        await receipts.TransferStateAsync(contract, "STARTED");
        var late = await receipts.ReceiptAsync(contract, ReceiptStates.Settled);
        Assert.Equal("countersigned", (await receipts.DisputeAsync(late.Dispute!)).Outcome!.By);
    }

    private async Task<Dispute> OpenAsync(TestContract contract)
    {
        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Disputed);
        return await receipts.DisputeAsync(receipt.Dispute!, dispute => dispute is { Provider.Recount: not null, Consumer.Recount: not null });
    }

    private async Task ProviderHasSignedAsync(TestContract contract, long interval)
    {
        var database = receipts.Of<Database>(Space.Provider);
        Assert.True(await database.WaitUntilAsync(() => receipts.Of<OwnRecords>(Space.Provider).Exists(new ReceiptKey(FlowRow.Provider, contract.Flow, interval)), Testing.Deadline.Limit, CancellationToken.None));
    }

    // Signed in the place of what the leaves add up to, as a provider would that has changed the program.
    private async Task<UsageRecord> InflatedAsync(TestContract contract)
    {
        UsageRecord? inflated = null;
        await receipts.TamperAsync(Space.Provider, $"DELETE FROM usage_intervals WHERE role = 'PROVIDER' AND flow = '{contract.Flow}'");
        var now = UsageInterval.At(Space.Clock.GetUtcNow());
        await receipts.Of<Database>(Space.Provider).WriteAsync(unit =>
        {
            var agreement = receipts.Of<Connector.Agreements.AgreementService>(Space.Provider).Find(contract.Agreement)!;
            inflated = new UsageRecord
            {
                Id = $"{contract.Flow}/{now}",
                Source = agreement.Provider,
                AgreementId = agreement.Id,
                ProductId = agreement.DatasetId,
                ProviderId = agreement.Provider,
                ConsumerId = agreement.Consumer,
                Flow = contract.Flow,
                Interval = now,
                From = UsageInterval.Start(now),
                To = UsageInterval.Start(now + 1),
                Counts = [new UsageCounts { Purpose = "inference", Outcome = UsageOutcomes.Ok, Requests = 1, Rows = 1_000, Bytes = 10_000 }],
                Leaves = 1,
                LeafRoot = new UsageSum().Root,
            };
            receipts.Of<UsageReceipts>(Space.Provider).Made(unit, FlowRow.Provider, inflated, agreement.Consumer);
        });
        return inflated!;
    }
}
