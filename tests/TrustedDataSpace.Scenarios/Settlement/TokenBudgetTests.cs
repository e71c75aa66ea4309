using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>The end of a budget of tokens, to the byte: what fits comes whole, and what is not whole is no way around it.</summary>
public sealed class TokenBudgetTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private const string Question = "Which alloy reaches 1280 MPa?";
    private static readonly string[] Answer = ["GH4169", " reaches", " 1280 MPa", " after ageing."];
    private static readonly object Meter = new { unit = "token", format = MeterRule.Chat, tokenizerId = Tokenizer.BuiltInId, tokenizerVersion = Tokenizer.BuiltInVersion };

    private readonly TestSpace space = shared.Space;

    private static string Told => string.Concat(Answer.Select(Event)) + "data: [DONE]\n\n";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    public async Task Whole_events_use_a_budget_up_to_its_last_token_and_none_is_cut_however_they_come(int size)
    {
        var all = Count(Question) + Count(string.Concat(Answer));
        var contract = await space.TokenContractAsync($"assistant-exact-{size}", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{all}"));
        space.Source = context => StreamAsync(context, Encoding.UTF8.GetBytes(Told).Chunk(size));
        using (var answer = await contract.AskAsync(Body))
        {
            Assert.Equal((HttpStatusCode.OK, Told), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        Assert.Equal(0, await LeftAsync(contract));
        await AlikeAsync(contract, UsageOutcomes.Ok, Count(string.Concat(Answer)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task The_event_that_is_one_token_too_much_goes_no_further_and_the_others_are_whole(int size)
    {
        var most = Count(Question) + Count(string.Concat(Answer)) - 1;
        var contract = await space.TokenContractAsync($"assistant-short-{size}", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{most}"));
        using var arrived = new SemaphoreSlim(0);
        space.Source = async context =>
        {
            foreach (var said in Answer)
            {
                await StreamAsync(context, Encoding.UTF8.GetBytes(Event(said)).Chunk(size));
                await arrived.WaitAsync(context.RequestAborted);
            }
        };
        using var answer = await contract.AskAsync(Body, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        foreach (var said in Answer[..^1])
        {
            var got = new byte[Event(said).Length];
            await stream.ReadExactlyAsync(got).AsTask().Within("an event that fits");
            Assert.Equal(Event(said), Encoding.UTF8.GetString(got));
            arrived.Release();
        }

        using var rest = new StreamReader(stream);
        Assert.StartsWith("\n\nevent: error\ndata: {\"code\":\"constraint_not_met\"", await rest.ReadToEndAsync().Within("the reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_without_an_end_passes_no_budget()
    {
        const int Rest = 5_000;
        const int Bytes = 8_000_000;
        var contract = await space.TokenContractAsync(
            "assistant-endless", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{Count(Question) + Rest}"), TestSpace.Constraint("tds:bytes", "lteq", $"{Bytes}"));
        var begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
        space.Source = context => StreamAsync(context, Enumerable.Range(0, 600).Select(piece => Encoding.UTF8.GetBytes((piece == 0 ? begun : "") + string.Concat(Enumerable.Repeat("one ", 1000)))));
        using var answer = await contract.AskAsync(Body);
        var told = await answer.Content.ReadAsStringAsync();
        var (passed, why) = (told[..told.IndexOf("event: error", StringComparison.Ordinal)], told[told.IndexOf("event: error", StringComparison.Ordinal)..]);
        Assert.InRange(passed.Trim().Length, 0, Rest / 100);
        Assert.Contains("\"term\":\"tds:tokens\"", why, StringComparison.Ordinal);

        // Neither what waited nor half an event is billed or lost.
        var billed = await AlikeAsync(contract, UsageOutcomes.Ok, 0);
        Assert.Equal(Rest, await LeftAsync(contract, "tokens"));
        Assert.InRange(await LeftAsync(contract, "bytes"), Bytes - billed.Bytes, Bytes);
    }

    [Fact]
    public async Task Half_an_event_before_a_stream_breaks_off_is_billed_by_nobody_and_comes_back_to_the_budget()
    {
        const int Budget = 1_000_000;
        var contract = await space.TokenContractAsync("assistant-broken", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{Budget}"));
        var arrived = new TaskCompletionSource();
        space.Source = async context =>
        {
            await StreamAsync(context, [Encoding.UTF8.GetBytes(Event(Answer[0]) + Event(Answer[1])[..40])]);
            await arrived.Task.WaitAsync(context.RequestAborted);
            context.Abort();
        };
        using (var answer = await contract.AskAsync(Body, HttpCompletionOption.ResponseHeadersRead))
        {
            await using var stream = await answer.Content.ReadAsStreamAsync();
            var got = new byte[Event(Answer[0]).Length + 40];
            await stream.ReadExactlyAsync(got).AsTask().Within("half an event, which goes out at once where there is room");
            arrived.SetResult();
            await Assert.ThrowsAnyAsync<Exception>(async () => await stream.ReadExactlyAsync(new byte[1]).AsTask().Within("the end"));
        }

        await AlikeAsync(contract, UsageOutcomes.Cut, Count(Answer[0]));
        Assert.Equal(Budget - Count(Question) - Count(Answer[0]), await LeftAsync(contract));
    }

    private static string Body => JsonSerializer.Serialize(new { stream = true, messages = new[] { new { role = "user", content = Question } } });

    private static long Count(string text) => Tokenizer.BuiltIn.Count(text);

    private static string Event(string content) => $"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{JsonSerializer.Serialize(content)}}}}}]}}\n\n";

    private static async Task StreamAsync(HttpContext context, IEnumerable<byte[]> pieces)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        foreach (var piece in pieces)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private async Task<long> LeftAsync(TestContract contract, string counter = "tokens") =>
        (await space.Provider.WaitAsync<FlowView>(ManagementRoutes.For(ManagementRoutes.FlowById, contract.Flow), seconds: 0)).Quotas.Single(quota => quota.Counter == counter).Left;

    // Both connectors record the same, as soon as each knows what the other does.
    private async Task<UsageCounts> AlikeAsync(TestContract contract, string outcome, long tokens)
    {
        await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferCompletion, contract.Transfer), new { });
        List<UsageRecord> records = [];
        foreach (var (connector, transfer) in new[] { (space.Provider, contract.Flow), (space.Consumer, contract.Transfer) })
        {
            Assert.Equal("COMPLETED", (await connector.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer) + "?after=STARTED")).State);
            records.Add(Assert.Single((await connector.WaitAsync<Page<UsageRecord>>($"{ManagementRoutes.UsageRecords}?agreement={Uri.EscapeDataString(contract.Agreement)}")).Items));
        }

        Assert.True(records[0].Matches(records[1]));
        var counts = Assert.Single(records[0].Counts);
        Assert.Equal((outcome, Count(Question), tokens), (counts.Outcome, counts.TokensIn, counts.TokensOut));
        return counts;
    }
}
