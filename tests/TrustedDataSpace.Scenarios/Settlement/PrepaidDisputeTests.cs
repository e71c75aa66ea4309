using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>A prepaid use of which neither connector knows what it delivered: a dispute by name, and the hold goes as the person who resolves it decides.</summary>
public sealed class PrepaidDisputeTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private const string Question = "Which alloy reaches 1280 MPa?";
    private const string Answer = "GH4169 does.";
    private static readonly object Meter = new { unit = "token", format = MeterRule.Chat, tokenizerId = Tokenizer.BuiltInId, tokenizerVersion = Tokenizer.BuiltInVersion };

    private static readonly object Plan = new
    {
        id = "prepaid-tokens",
        version = 1,
        currency = "CNY",
        prepaid = true,
        components = new object[] { new { id = "in", meter = "tokensIn", unitSize = 1, price = "0.04" }, new { id = "out", meter = "tokensOut", unitSize = 1, price = "0.12" } },
        rounding = new { per = "line", mode = "halfUp", scale = 2 },
    };

    private readonly ReceiptSpace receipts = new(shared.Space);

    private static string Body => JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = Question } } });

    private static decimal Cost => (0.04m * Tokenizer.BuiltIn.Count(Question)) + (0.12m * Tokenizer.BuiltIn.Count(Answer));

    private TestSpace Space => receipts.Space;

    public ValueTask InitializeAsync()
    {
        Space.Source = context => context.Response.WriteAsJsonAsync(new { choices = new[] { new { index = 0, message = new { role = "assistant", content = Answer } } } });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_hold_is_released_by_whoever_resolves_the_dispute()
    {
        var minute = new DateTimeOffset(Space.Clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        Space.Clock.Set(minute.AddMinutes(1));
        var contract = await Space.TokenContractAsync("assistant-unknown-prepaid", Meter, Plan);
        await Space.Operator.PostAsync<BalanceView>(AuthorityRoutes.TopUps, new TopUp { Agreement = contract.Agreement, Amount = 10.00m, Currency = "CNY", Reference = Guid.NewGuid().ToString() });
        await StateAsync(contract);
        using (var answer = await contract.AskAsync(Body))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(Cost, (await StateAsync(contract)).Used);

        // As a kill of both leaves it: cut, and nobody knows of what.
        foreach (var connector in new[] { Space.Provider, Space.Consumer })
        {
            await receipts.TamperAsync(connector, $"UPDATE usage_leaves SET tokens = NULL, outcome = 'cut' WHERE agreement_id = '{contract.Agreement}'");
            await receipts.TamperAsync(connector, $"UPDATE usage_totals SET tokens_in = NULL, tokens_cached = NULL, tokens_out = NULL, tokens_data = NULL, outcome = 'cut' WHERE agreement_id = '{contract.Agreement}'");
        }

        receipts.EndInterval();
        var disputed = await receipts.ReceiptAsync(contract, ReceiptStates.Disputed);
        Assert.Equal(DisputeReasons.NotRated, (await receipts.DisputeAsync(disputed.Dispute!)).Reason);

        // One that fails takes something and gives it back: then the gate looks at what was counted.
        Space.Source = context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        };
        using (var failed = await contract.AskAsync(Body))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        }

        var database = receipts.Of<Database>(Space.Provider);
        Assert.True(await database.WaitUntilAsync(() => database.Read(connection => connection.QuerySingle<long>("SELECT held FROM balances WHERE agreement_id = @Agreement", contract)) > 0, Deadline.Limit, CancellationToken.None));
        Assert.Equal((Cost, Cost, 10m - Cost), Parts(await StateAsync(contract)));

        await Space.Operator.PostAsync<Dispute>(AuthorityRoutes.ForDispute(disputed.Dispute!, AuthorityRoutes.DisputeResolution), new DisputeResolution(DisputeTakes.Nothing, "both were killed in the middle of it"));
        Assert.Equal((0m, 0m, 10m), Parts(await StateAsync(contract)));
    }

    private static (decimal Used, decimal Held, decimal Left) Parts(BalanceState state) => (state.Used!.Value, state.Held!.Value, state.Left!.Value);

    private Task<BalanceState> StateAsync(TestContract contract) => Space.Provider.WaitAsync<BalanceState>(ManagementRoutes.For(ManagementRoutes.BalanceById, contract.Agreement), 0);
}
