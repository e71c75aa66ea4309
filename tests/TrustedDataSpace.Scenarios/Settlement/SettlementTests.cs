using System.Net;
using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>From use to a settlement that both connectors have signed against their own records.</summary>
public sealed class SettlementTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly ReceiptSpace receipts = new(shared.Space);

    private TestSpace Space => receipts.Space;

    [Fact]
    public async Task Use_is_settled_signed_by_both_and_paid()
    {
        var contract = await receipts.ContractAsync();
        var from = UsageInterval.Start(UsageInterval.At(Space.Clock.GetUtcNow()));
        await ReceiptSpace.UseAsync(contract);
        receipts.EndInterval();
        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Settled);

        // The same records again, from either side, and late: nothing changes.
        foreach (var connector in new[] { Space.Provider, Space.Consumer })
        {
            await ResubmitAsync(connector, contract);
        }

        Space.Clock.Set(from.AddHours(1));
        var settled = await SettleAsync(contract, from);
        Assert.Equal((1.00m, 1L), (settled.Settlement.Due, settled.Settlement.Intervals));
        Assert.Equal(receipt.Counts!.Single().Rows, settled.Settlement.Statement.Lines.Single().Quantity);
        Assert.Equal(SettlementStates.Issued, (await SignAsync(Space.Provider, settled)).State);
        Assert.Equal(SettlementStates.Agreed, (await SignAsync(Space.Consumer, settled)).State);
        var paid = await Space.Operator.PostAsync<SettlementView>(
            AuthorityRoutes.ForSettlement(settled.Settlement.Id, AuthorityRoutes.SettlementPayment), new Payment { Amount = 1.00m, Currency = "CNY", Reference = "bank-1" });
        Assert.Equal(SettlementStates.Paid, paid.State);
        var listed = await Space.Consumer.WaitAsync<Page<SettlementView>>($"{ManagementRoutes.Settlements}?agreement={Uri.EscapeDataString(contract.Agreement)}", 0);
        Assert.Equal(paid.Hash, Assert.Single(listed.Items).Hash);
    }

    [Fact]
    public async Task Settlement_that_is_not_what_the_own_records_give_is_signed_only_with_a_reason()
    {
        var contract = await receipts.ContractAsync();
        var from = UsageInterval.Start(UsageInterval.At(Space.Clock.GetUtcNow()));
        await ReceiptSpace.UseAsync(contract);
        await receipts.TamperAsync(Space.Consumer, $"DELETE FROM usage_pages WHERE role = 'CONSUMER' AND flow = '{contract.Flow}'");
        receipts.EndInterval();
        var disputed = await receipts.ReceiptAsync(contract, ReceiptStates.Disputed);
        Space.Clock.Set(from.AddHours(1));
        var held = await SettleAsync(contract, from);
        Assert.Equal((0m, 1L), (held.Settlement.Due, held.Settlement.Disputed));
        await RefusedAsync(Space.Provider, held);
        Assert.Equal(SettlementStates.Issued, (await SignAsync(Space.Consumer, held)).State);

        await Space.Operator.PostAsync<Dispute>(AuthorityRoutes.ForDispute(disputed.Dispute!, AuthorityRoutes.DisputeResolution), new DisputeResolution(DisputeTakes.Provider, "the consumer's log shows it"));
        var corrected = await SettleAsync(contract, from);
        Assert.Equal((2L, 1.00m), (corrected.Settlement.Revision, corrected.Settlement.Due));
        await SignAsync(Space.Provider, corrected);
        await RefusedAsync(Space.Consumer, corrected);
        Assert.Equal(SettlementStates.Agreed, (await SignAsync(Space.Consumer, corrected, "the operator is right")).State);
    }

    [Fact]
    public async Task Use_is_rated_by_a_plan_that_was_not_agreed()
    {
        var contract = await receipts.ContractAsync();
        var from = UsageInterval.Start(UsageInterval.At(Space.Clock.GetUtcNow()));
        await ReceiptSpace.UseAsync(contract);
        Space.Clock.Set(from.AddMinutes(10));
        var plan = JsonSerializer.SerializeToElement(new
        {
            id = "other",
            version = 9,
            currency = "EUR",
            components = new[] { new { id = "rows", meter = "rows", unitSize = 1, price = "3" } },
            rounding = new { per = "line", mode = "halfUp", scale = 2 },
        });
        using var answer = await PostAsync(Space.Consumer, ManagementRoutes.WhatIf, new WhatIf { Agreement = contract.Agreement, From = ReceiptSpace.Minute(from), To = ReceiptSpace.Minute(from.AddMinutes(5)), Plan = plan });
        var statement = ProtocolJson.Read<Statement>(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal((12.00m, "EUR", "other"), (statement.Total, statement.Currency, statement.PlanId));

        using var refused = await PostAsync(Space.Consumer, ManagementRoutes.WhatIf, new WhatIf { Agreement = contract.Agreement, Plan = JsonSerializer.SerializeToElement(new { id = "none" }) });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private async Task ResubmitAsync(HttpClient connector, TestContract contract)
    {
        var database = receipts.Of<Hosting.Storage.Database>(connector);
        var topic = await database.WriteAsync(unit => unit.Query<string>("SELECT role FROM usage_records WHERE flow = @Flow", new { contract.Flow }).Single());
        var key = new Connector.Metering.Receipts.ReceiptKey(topic, contract.Flow, await database.WriteAsync(unit => unit.Find<long>("SELECT interval_no FROM usage_records WHERE flow = @Flow", new { contract.Flow })));
        var peer = connector == Space.Provider ? TestSpace.Vpp : TestSpace.Grid;
        Assert.True(await receipts.Of<Connector.Metering.Receipts.ReceiptExchange>(connector).SendAsync(key, peer, CancellationToken.None));
        var (mine, theirs) = await database.WriteAsync(unit => (
            receipts.Of<Connector.Metering.Receipts.OwnRecords>(connector).Signed(key)!,
            unit.Find<string>("SELECT peer_record FROM usage_receipts WHERE flow = @Flow", new { contract.Flow })!));
        var submission = connector == Space.Provider ? new ReceiptSubmission { Provider = mine, Consumer = theirs } : new ReceiptSubmission { Provider = theirs, Consumer = mine };
        Assert.Equal(ReceiptStates.Settled, (await receipts.Of<AuthorityClient>(connector).SubmitAsync(submission, CancellationToken.None)).State);
    }

    private Task<SettlementView> SettleAsync(TestContract contract, DateTimeOffset from) =>
        Space.Operator.PostAsync<SettlementView>(AuthorityRoutes.Settlements, new SettlementRequest(contract.Agreement, from, from.AddMinutes(30)));

    private static async Task<SettlementView> SignAsync(HttpClient connector, SettlementView view, string? accept = null)
    {
        using var response = await PostAsync(connector, ManagementRoutes.For(ManagementRoutes.SettlementSignature, view.Settlement.Id), new SettlementConsent(view.Hash, accept));
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, System.Text.Encoding.UTF8.GetString(body));
        return ProtocolJson.Read<SettlementView>(body);
    }

    private static async Task RefusedAsync(HttpClient connector, SettlementView view)
    {
        foreach (var (hash, term) in new[] { (view.Hash, "statement"), (view.Hash + "0", "hash") })
        {
            using var response = await PostAsync(connector, ManagementRoutes.For(ManagementRoutes.SettlementSignature, view.Settlement.Id), new SettlementConsent(hash));
            Assert.Equal((HttpStatusCode.Conflict, term), (response.StatusCode, (await response.ProblemAsync()).GetProperty("term").GetString()));
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient connector, string route, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new ByteArrayContent(ProtocolJson.Write(body)) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("Prefer", "wait=20");
        return await connector.SendAsync(request);
    }
}
