using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>Who counts AI tokens otherwise than they were is caught: whichever side, whichever kind of token.</summary>
public sealed class TokenTamperingTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private const string Question = "Which alloy reaches 1280 MPa? 哪种合金达到要求？";
    private const string Answer = "GH4169 reaches 1280 MPa after ageing. 时效后达到。";

    private static readonly object Meter = new
    {
        unit = "token",
        format = MeterRule.Chat,
        tokenizerId = Tokenizer.BuiltInId,
        tokenizerVersion = Tokenizer.BuiltInVersion,
        chunks = new { at = "retrieved", text = "text", party = "provider", parties = new[] { TestSpace.Grid } },
    };

    private static readonly object Plan = new
    {
        id = "tokens",
        version = 1,
        currency = "CNY",
        components = new object[] { new { id = "in", meter = "tokensIn", unitSize = 1, price = "0.04" }, new { id = "out", meter = "tokensOut", unitSize = 1, price = "0.12" } },
        rounding = new { per = "line", mode = "halfUp", scale = 2 },
    };

    private readonly ReceiptSpace receipts = new(shared.Space);
    private readonly Dictionary<string, int> answered = [];

    private TestSpace Space => receipts.Space;

    public ValueTask InitializeAsync()
    {
        Space.Source = ServeAsync;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("PROVIDER", "$.out", "tokensOut")]
    [InlineData("PROVIDER", "$.in", "tokensIn")]
    [InlineData("CONSUMER", "$.out", "tokensOut")]
    [InlineData("CONSUMER", "$.data", "tokensData")]
    public async Task Tokens_that_one_side_counts_otherwise_are_a_dispute_that_names_the_call(string role, string path, string meter)
    {
        var contract = await AskedAsync();
        var lied = role == "PROVIDER" ? 5_000 : 1;
        var others = path == "$.data" ? $", '$.dataBy[0].tokens', {lied}" : "";
        await receipts.TamperAsync(
            role == "PROVIDER" ? Space.Provider : Space.Consumer,
            $"UPDATE usage_leaves SET tokens = json_set(tokens, '{path}', {lied}{others}) WHERE role = '{role}' AND flow = '{contract.Flow}'");
        receipts.EndInterval();

        var dispute = await OpenAsync(contract);
        Assert.Equal(DisputeReasons.Differs, dispute.Reason);
        var difference = Assert.Single(dispute.Differences, difference => difference.Meter == meter);
        Assert.Equal(lied, role == "PROVIDER" ? difference.Provider : difference.Consumer);
        Assert.NotEqual(lied, role == "PROVIDER" ? difference.Consumer : difference.Provider);

        // Both have leaves that fit: no sum can tell who lies, and the call is named for a person.
        Assert.Equal((Recounts.Agrees, Recounts.Agrees), (dispute.Provider.Recount, dispute.Consumer!.Recount));
        var call = Assert.Single((await Space.Operator.WaitAsync<Page<LeafDifference>>(AuthorityRoutes.ForDispute(dispute.Id, AuthorityRoutes.DisputeDifferences), 0)).Items);
        Assert.False(TokenCounts.AreSame(call.Provider!.Tokens, call.Consumer!.Tokens));
        Assert.Null((await receipts.ReceiptsAsync(contract)).Single().Counts);
    }

    [Fact]
    public async Task Provider_that_signs_more_tokens_than_its_leaves_loses_by_the_recount()
    {
        var contract = await AskedAsync();
        var interval = UsageInterval.At(Space.Clock.GetUtcNow());
        await receipts.TamperAsync(Space.Provider, $"DELETE FROM usage_intervals WHERE role = 'PROVIDER' AND flow = '{contract.Flow}'");
        await receipts.Of<Database>(Space.Provider).WriteAsync(unit =>
        {
            var agreement = receipts.Of<Connector.Agreements.AgreementService>(Space.Provider).Find(contract.Agreement)!;
            receipts.Of<UsageReceipts>(Space.Provider).Made(unit, FlowRow.Provider, new UsageRecord
            {
                Id = $"{contract.Flow}/{interval}",
                Source = agreement.Provider,
                AgreementId = agreement.Id,
                ProductId = agreement.DatasetId,
                ProviderId = agreement.Provider,
                ConsumerId = agreement.Consumer,
                Flow = contract.Flow,
                Interval = interval,
                From = UsageInterval.Start(interval),
                To = UsageInterval.Start(interval + 1),
                Counts = [new UsageCounts { Purpose = "inference", Outcome = UsageOutcomes.Ok, Requests = 1, Rows = 0, Bytes = 100, TokensIn = 9_000, TokensCached = 0, TokensOut = 9_000, TokensData = 0, TokensDataBy = [] }],
                TokenizerId = Tokenizer.BuiltInId,
                TokenizerVersion = Tokenizer.BuiltInVersion,
                Leaves = 1,
                LeafRoot = new UsageSum().Root,
            }, agreement.Consumer);
        });
        receipts.EndInterval();

        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Resolved);
        var dispute = await receipts.DisputeAsync(receipt.Dispute!);
        Assert.Equal((Recounts.Deviates, Recounts.Agrees), (dispute.Provider.Recount, dispute.Consumer!.Recount));
        Assert.Equal((DisputeTakes.Consumer, "recount"), (dispute.Outcome!.Take, dispute.Outcome.By));
        Assert.Equal((Count(Question), Count(Answer)), receipt.Counts!.Select(counts => (counts.TokensIn!.Value, counts.TokensOut!.Value)).Single());
    }

    [Fact]
    public async Task Consumer_that_does_not_sign_its_tokens_is_in_dispute_with_those_of_the_provider()
    {
        var contract = await AskedAsync();
        var interval = UsageInterval.At(Space.Clock.GetUtcNow());
        await receipts.TamperAsync(Space.Consumer, $"UPDATE usage_intervals SET unsettled = 1 WHERE role = 'CONSUMER' AND flow = '{contract.Flow}'");
        receipts.EndInterval();
        var database = receipts.Of<Database>(Space.Provider);
        Assert.True(await database.WaitUntilAsync(() => receipts.Of<OwnRecords>(Space.Provider).Exists(new ReceiptKey(FlowRow.Provider, contract.Flow, interval)), Deadline.Limit, CancellationToken.None));
        receipts.EndInterval(TimeSpan.FromMinutes(11));

        var unsigned = await receipts.ReceiptAsync(contract, ReceiptStates.Disputed);
        var dispute = await receipts.DisputeAsync(unsigned.Dispute!);
        Assert.Equal(DisputeReasons.NotSigned, dispute.Reason);
        Assert.Equal(Count(Answer), dispute.Provider.Record.Counts.Single().TokensOut);
        await receipts.TransferStateAsync(contract, "SUSPENDED");
    }

    [Fact]
    public async Task Repeated_key_counts_its_tokens_once_and_only_for_the_same_answer()
    {
        var contract = await AskedAsync("a-key");
        using (var again = await contract.AskAsync(Body("a-key", Question), key: "a-key"))
        {
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }

        // Another question under the key is refused, and never asked.
        using (var other = await contract.AskAsync(Body("a-key", Question + "?"), key: "a-key"))
        {
            Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        }

        // The same question with another answer is another use.
        using (var changed = await contract.AskAsync(Body("changing", Question), key: "another-key"))
        using (var second = await contract.AskAsync(Body("changing", Question), key: "another-key"))
        {
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (changed.StatusCode, second.StatusCode));
        }

        receipts.EndInterval();
        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Settled);
        var billed = Assert.Single(receipt.Counts!, counts => counts.Outcome == UsageOutcomes.Ok);
        Assert.Equal((3L, 3 * Count(Question)), (billed.Requests, billed.TokensIn!.Value));
        Assert.Equal(1, Assert.Single(receipt.Counts!, counts => counts.Outcome == UsageOutcomes.Retry).Requests);
    }

    [Fact]
    public async Task Consumer_that_calls_a_use_a_retry_is_in_dispute_about_its_tokens()
    {
        var contract = await AskedAsync("a-key");
        await receipts.TamperAsync(Space.Consumer, $"UPDATE usage_leaves SET outcome = 'retry' WHERE role = 'CONSUMER' AND flow = '{contract.Flow}'");
        receipts.EndInterval();
        var dispute = await OpenAsync(contract);
        Assert.Contains(dispute.Differences, difference => difference is { Outcome: UsageOutcomes.Ok, Meter: "tokensOut" } && difference.Provider == Count(Answer));
    }

    private static long Count(string text) => Tokenizer.BuiltIn.Count(text);

    private static string Body(string user, string question) => JsonSerializer.Serialize(new { user, messages = new[] { new { role = "user", content = question } } });

    private async Task<TestContract> AskedAsync(string? key = null)
    {
        var minute = new DateTimeOffset(Space.Clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        Space.Clock.Set(minute.AddMinutes(1));
        var contract = await Space.TokenContractAsync("assistant-" + Guid.NewGuid().ToString("n"), Meter, Plan);
        using var answer = await contract.AskAsync(Body("a-key", Question), key: key);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await answer.Content.ReadAsStringAsync();
        return contract;
    }

    private async Task<Dispute> OpenAsync(TestContract contract)
    {
        var receipt = await receipts.ReceiptAsync(contract, ReceiptStates.Disputed);
        return await receipts.DisputeAsync(receipt.Dispute!, dispute => dispute is { Provider.Recount: not null, Consumer.Recount: not null });
    }

    // The same answer to each who asks, but for one who gets another each time.
    private async Task ServeAsync(HttpContext context)
    {
        using var asking = await JsonDocument.ParseAsync(context.Request.Body);
        var user = asking.RootElement.GetProperty("user").GetString()!;
        var number = answered[user] = answered.GetValueOrDefault(user) + 1;
        var content = user == "changing" ? Answer + number.ToString(CultureInfo.InvariantCulture) : Answer;
        await context.Response.WriteAsJsonAsync(new
        {
            choices = new[] { new { index = 0, message = new { role = "assistant", content } } },
            retrieved = new[] { new { text = "chunk text", provider = TestSpace.Grid } },
        });
    }
}
