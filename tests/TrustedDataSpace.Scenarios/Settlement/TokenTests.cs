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

/// <summary>Calls of AI through both connectors: both count the same tokens, and a budget of tokens is a hard stop.</summary>
public sealed class TokenTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
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

    private readonly TestSpace space = shared.Space;
    private int asked;

    public ValueTask InitializeAsync()
    {
        space.Source = ServeAsync;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Both_connectors_record_the_same_tokens_plain_streamed_and_cut()
    {
        var contract = await space.TokenContractAsync("alloy-assistant", Meter, null);
        foreach (var streamed in new[] { false, true })
        {
            using var answer = await contract.AskAsync(Body(Question, streamed));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains(streamed ? "[DONE]" : "choices", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferCompletion, contract.Transfer), new { });
        foreach (var (connector, transfer) in new[] { (space.Provider, contract.Flow), (space.Consumer, contract.Transfer) })
        {
            Assert.Equal("COMPLETED", (await connector.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer) + "?after=STARTED")).State);
        }

        var provider = Assert.Single(await RecordsAsync(space.Provider, contract));
        var consumer = Assert.Single(await RecordsAsync(space.Consumer, contract));
        Assert.True(provider.Matches(consumer));

        var counts = Assert.Single(provider.Counts);
        Assert.Equal((2 * Count(Question), 2 * Count(Answer), 2 * Count("chunk text")), (counts.TokensIn, counts.TokensOut, counts.TokensData));
        Assert.Equal((10L, 2000L, 4000L), (counts.TokensCached, counts.DeclaredIn, counts.DeclaredOut));
        Assert.Equal(new PartyTokens(TestSpace.Grid, 2 * Count("chunk text"), 2), Assert.Single(counts.TokensDataBy!));
        Assert.Equal((Tokenizer.BuiltInId, Tokenizer.BuiltInVersion), (provider.TokenizerId, provider.TokenizerVersion));
    }

    [Fact]
    public async Task A_budget_of_tokens_ends_before_the_model_is_asked_for_more()
    {
        var all = Count(Question) + Count(Answer) + Count("chunk text");
        var contract = await space.TokenContractAsync("alloy-assistant-with-budget", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{all + 3}/P1D@Asia/Shanghai"));
        using (var first = await contract.AskAsync(Body(Question, streamed: true)))
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            await first.Content.ReadAsStringAsync();
        }

        // Three are left, and the question alone has more.
        var before = asked;
        using var second = await contract.AskAsync(Body(Question, streamed: true));
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.Equal("permission[0].constraint[0]", (await second.ProblemAsync()).GetProperty("term").GetString());
        Assert.Equal(before, asked);
    }

    [Fact]
    public async Task A_stream_is_cut_where_the_budget_ends()
    {
        var contract = await space.TokenContractAsync("alloy-assistant-cut", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{Count(Question) + Count("chunk text") + 4}/P1D@Asia/Shanghai"));
        using var answer = await contract.AskAsync(Body(Question, streamed: true), HttpCompletionOption.ResponseHeadersRead);
        var told = await answer.Content.ReadAsStringAsync().Within("the end");
        Assert.Contains("event: error\ndata: {\"code\":\"constraint_not_met\",\"term\":\"permission[0].constraint[0]\"", told, StringComparison.Ordinal);
        Assert.Contains("the contract asks tds:tokens lteq", told, StringComparison.Ordinal);
        var provider = Assert.Single((await CountsAsync(space.Provider, contract)).Counts);
        Assert.Equal(provider, Assert.Single((await CountsAsync(space.Consumer, contract)).Counts));
        // The piece that was too much went no further, and the source may have written several events in one.
        Assert.InRange(provider.TokensOut!.Value, 0, 4);
    }

    [Fact]
    public async Task A_budget_loses_what_is_billed_and_nothing_for_an_answer_that_did_not_come()
    {
        const int Budget = 10_000;
        var contract = await space.TokenContractAsync("alloy-assistant-exact", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", $"{Budget}"));
        foreach (var streamed in new[] { false, true })
        {
            using var answer = await contract.AskAsync(Body(Question, streamed));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var billed = Assert.Single((await CountsAsync(space.Provider, contract)).Counts);
        var left = Budget - (billed.TokensIn + billed.TokensOut + billed.TokensData);
        Assert.Equal(left, await LeftAsync(contract));

        space.Source = context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        };
        using var failed = await contract.AskAsync(Body(Question, streamed: false));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        Assert.Equal(left, await LeftAsync(contract));
    }

    [Fact]
    public async Task The_last_record_is_taken_from_the_budget_though_its_line_has_no_end()
    {
        var meter = new { unit = "token", format = "text/csv", tokenizerId = Tokenizer.BuiltInId, tokenizerVersion = Tokenizer.BuiltInVersion, chunks = new { tokens = "token_n" } };
        foreach (var isLengthKnown in new[] { true, false })
        {
            var contract = await space.ContractAsync($"chunks-{isLengthKnown}", delivery: null, meter, TestSpace.Constraint("tds:tokens", "lteq", "20"));
            const string Rows = "id,token_n\n1,5\n2,8";
            space.Source = async context =>
            {
                context.Response.ContentType = "text/csv";
                context.Response.ContentLength = isLengthKnown ? Rows.Length : null;
                await context.Response.WriteAsync(Rows);
            };
            using (var first = await contract.UseAsync())
            {
                Assert.Equal(Rows, await first.Content.ReadAsStringAsync());
            }

            Assert.Equal(7, await LeftAsync(contract));

            // All of it is too much: where the length is known not a byte of the last piece goes out, and else not the last record, which may have become longer.
            using var second = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
            HttpStatusCode[] expected = isLengthKnown ? [HttpStatusCode.Forbidden] : [HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable];
            Assert.Contains(second.StatusCode, expected);

            // A connection that is broken off right behind the first piece may take that with it: then the consumer's connector has had no answer.
            if (second.StatusCode == HttpStatusCode.OK)
            {
                await using var rest = await second.Content.ReadAsStreamAsync();
                var got = new byte[Rows.Length];
                await Assert.ThrowsAnyAsync<Exception>(async () => await rest.ReadExactlyAsync(got).AsTask().Within("the cut"));
                Assert.Equal("id,token_n\n1,5\n", Encoding.UTF8.GetString(got).TrimEnd('\0'));
            }
        }
    }

    [Fact]
    public async Task What_a_budget_cannot_count_is_not_delivered_and_the_meter_is_named()
    {
        var contract = await space.TokenContractAsync("alloy-assistant-unknown", Meter, null, TestSpace.Constraint("tds:tokens", "lteq", "10000"));
        space.Source = context => context.Response.WriteAsJsonAsync(new { output_text = Answer });
        using (var plain = await contract.AskAsync(Body(Question, streamed: false)))
        {
            Assert.Equal(HttpStatusCode.Forbidden, plain.StatusCode);
            Assert.Equal("tds:tokens", (await plain.ProblemAsync()).GetProperty("term").GetString());
        }

        space.Source = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await EventAsync(context, JsonSerializer.Serialize(new { type = "response.output_text.delta", delta = Answer }));
            await EventAsync(context, "[DONE]");
        };
        using var streamed = await contract.AskAsync(Body(Question, streamed: true));
        var told = await streamed.Content.ReadAsStringAsync();
        Assert.DoesNotContain("GH4169", told, StringComparison.Ordinal);
        Assert.Contains("\"term\":\"tds:tokens\"", told, StringComparison.Ordinal);
    }

    private async Task<long> LeftAsync(TestContract contract) =>
        Assert.Single((await space.Provider.WaitAsync<FlowView>(ManagementRoutes.For(ManagementRoutes.FlowById, contract.Flow), seconds: 0)).Quotas).Left;

    private static long Count(string text) => Tokenizer.BuiltIn.Count(text);

    private static string Body(string question, bool streamed) => JsonSerializer.Serialize(new { stream = streamed, messages = new[] { new { role = "user", content = question } } });

    private static Task<UsageView> CountsAsync(HttpClient connector, TestContract contract) =>
        connector.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(contract.Agreement)}");

    private static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(HttpClient connector, TestContract contract) =>
        (await connector.WaitAsync<Page<UsageRecord>>($"{ManagementRoutes.UsageRecords}?agreement={Uri.EscapeDataString(contract.Agreement)}")).Items;

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref asked);
        var usage = new { prompt_tokens = 1000, completion_tokens = 2000, prompt_tokens_details = new { cached_tokens = 5 } };
        var retrieved = new[] { new { text = "chunk text", provider = TestSpace.Grid } };
        using var asking = await JsonDocument.ParseAsync(context.Request.Body);
        if (!asking.RootElement.GetProperty("stream").GetBoolean())
        {
            await context.Response.WriteAsJsonAsync(new { choices = new[] { new { index = 0, message = new { role = "assistant", content = Answer } } }, usage, retrieved });
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await EventAsync(context, JsonSerializer.Serialize(new { choices = Array.Empty<object>(), retrieved }));
        foreach (var part in Answer.Split(' '))
        {
            await EventAsync(context, JsonSerializer.Serialize(new { choices = new[] { new { index = 0, delta = new { content = part == "GH4169" ? part : " " + part } } } }));
        }

        await EventAsync(context, JsonSerializer.Serialize(new { choices = Array.Empty<object>(), usage }));
        await EventAsync(context, "[DONE]");
    }

    private static async Task EventAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
