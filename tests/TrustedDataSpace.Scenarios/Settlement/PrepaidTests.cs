using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>What is paid in advance: nothing flows without, payments count from the next request on, and no more flows than was paid.</summary>
public sealed class PrepaidTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    // A request costs 1, and a row a quarter: a use of four rows 2.
    private static readonly object Plan = new
    {
        id = "prepaid",
        version = 1,
        currency = "CNY",
        prepaid = true,
        components = new object[] { new { id = "requests", meter = "requests", unitSize = 1, price = "1" }, new { id = "rows", meter = "rows", unitSize = 1, price = "0.25" } },
        rounding = new { per = "line", mode = "halfUp", scale = 2 },
    };

    private readonly ReceiptSpace receipts = new(shared.Space);

    private TestSpace Space => receipts.Space;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Nothing_flows_before_a_payment_and_what_was_paid_flows_and_settles()
    {
        var contract = await receipts.ContractAsync(Plan);
        var coverage = (await Space.Consumer.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, contract.Agreement), 0)).Coverage;
        Assert.Contains(coverage, term => term is { Term: "tds:pricePlan.prepaid", Word: "enforced" });

        await RefusedAsync(contract);
        await PayAsync(contract, 5.00m);
        var from = UsageInterval.Start(UsageInterval.At(Space.Clock.GetUtcNow()));
        await ReceiptSpace.UseAsync(contract);
        await ReceiptSpace.UseAsync(contract);
        Assert.Equal((4m, 1m), await GateAsync(contract));

        // One is left: enough for the request, and for no row. Nothing of it goes out.
        var served = 0;
        Space.Source = context =>
        {
            served++;
            return TestSpace.Csv(context);
        };
        using (var cut = await contract.UseAsync())
        {
            Assert.Equal((HttpStatusCode.Forbidden, 1), (cut.StatusCode, served));
            Assert.Equal("balance_used_up", CodeOf(await cut.ProblemAsync()));
        }

        Assert.Equal((4m, 1m), await GateAsync(contract));
        await PayAsync(contract, 1.00m);
        await ReceiptSpace.UseAsync(contract);
        await RefusedAsync(contract);
        Assert.Equal(2, served);

        receipts.EndInterval();
        await receipts.ReceiptAsync(contract, ReceiptStates.Settled);
        Space.Clock.Set(from.AddHours(1));
        var settled = await Space.Operator.PostAsync<SettlementView>(AuthorityRoutes.Settlements, new SettlementRequest(contract.Agreement, from, from.AddMinutes(5)));
        Assert.Equal((6.00m, 6.00m, 0.00m), (settled.Settlement.Statement.Total, settled.Settlement.Prepaid!.Value, settled.Settlement.Due));
        foreach (var connector in new[] { Space.Provider, Space.Consumer })
        {
            settled = await connector.PostAsync<SettlementView>(ManagementRoutes.For(ManagementRoutes.SettlementSignature, settled.Settlement.Id), new SettlementConsent(settled.Hash));
        }

        Assert.Equal(SettlementStates.Paid, settled.State);
        var seen = await Space.Consumer.WaitAsync<BalanceState>(ManagementRoutes.For(ManagementRoutes.BalanceById, contract.Agreement), 0);
        Assert.Equal((6m, 6m, 0m), (seen.Account.ToppedUp, seen.Account.Settled, seen.Account.Left));
    }

    [Fact]
    public async Task Under_concurrency_no_more_flows_than_was_paid()
    {
        var contract = await receipts.ContractAsync(Plan);
        await PayAsync(contract, 21.00m);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => await StatusAsync(contract)));
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Forbidden, status.ToString()));

        // Requests that found no cover for their rows have given back what they took: one by one the rest is used, to the last whole use and no further.
        var served = answers.Count(status => status == HttpStatusCode.OK);
        while (served <= 10 && await StatusAsync(contract) == HttpStatusCode.OK)
        {
            served++;
        }

        Assert.Equal(10, served);
        Assert.Equal((20m, 1m), await GateAsync(contract));
    }

    [Fact]
    public async Task A_stream_is_cut_where_the_balance_ends()
    {
        var contract = await receipts.ContractAsync(Plan);
        await PayAsync(contract, 2.00m);
        var begun = new TaskCompletionSource();
        Space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id,v1,v2\nr,1,2\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await begun.Task.WaitAsync(context.RequestAborted);
            for (var row = 0; row < 1_000; row++)
            {
                await context.Response.WriteAsync($"r{row},1,2\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        };
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        begun.SetResult();
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync().Within("the cut"));
        var counts = Assert.Single((await Space.Provider.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(contract.Agreement)}")).Counts);
        Assert.Equal(UsageOutcomes.Cut, counts.Outcome);
        Assert.InRange(counts.Rows, 2, 4);
        Assert.True((await GateAsync(contract)).Used <= 2m);
    }

    private static async Task<HttpStatusCode> StatusAsync(TestContract contract)
    {
        using var answer = await contract.UseAsync();
        return answer.StatusCode;
    }

    private async Task RefusedAsync(TestContract contract)
    {
        using var refused = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var problem = await refused.ProblemAsync();
        Assert.Equal(("balance_used_up", "tds:pricePlan.prepaid"), (CodeOf(problem), problem.GetProperty("term").GetString()));
        Assert.Contains("pay in advance", problem.GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    private static string? CodeOf(JsonElement problem) => problem.GetProperty("reasons")[0].GetProperty("code").GetString();

    private async Task PayAsync(TestContract contract, decimal amount)
    {
        await Space.Operator.PostAsync<BalanceView>(AuthorityRoutes.TopUps, new TopUp { Agreement = contract.Agreement, Amount = amount, Currency = "CNY", Reference = Guid.NewGuid().ToString() });

        // Whoever has just been refused does not make the connector ask again in the same moment; whoever looks at the balance does.
        await GateAsync(contract);
    }

    private async Task<(decimal Used, decimal Left)> GateAsync(TestContract contract)
    {
        var state = await Space.Provider.WaitAsync<BalanceState>(ManagementRoutes.For(ManagementRoutes.BalanceById, contract.Agreement), 0);
        return (state.Used!.Value, state.Left!.Value);
    }
}
