using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>
/// What of an answer is not whole yet: far from the end of a budget or a balance it goes out at once, a token taken for each byte; near the end it waits.
/// </summary>
public sealed class HeldBackTests : IDisposable
{
    private static readonly MeterRule Chat = new() { Unit = MeterRule.Token, Format = MeterRule.Chat, TokenizerId = Tokenizer.BuiltInId, TokenizerVersion = Tokenizer.BuiltInVersion };

    private static readonly MeterRule Texts = Chat with { Format = "text/csv", Chunks = new ChunkRule { Text = "text" } };

    private static readonly MeterRule Declared = Chat with { Format = "text/csv", Chunks = new ChunkRule { Tokens = "token_n" } };

    // A token of output costs a billionth of the currency.
    private static readonly UsePrice Price = UsePrice.Of(PricePlan.Read(JsonDocument.Parse("""
        {"id":"p","version":1,"currency":"CNY","prepaid":true,"rounding":{"per":"line","mode":"halfUp","scale":2},
         "components":[{"id":"out","meter":"tokensOut","unitSize":1000000000,"price":"1"}]}
        """).RootElement))!;

    private readonly MemoryStream arrived = new();
    private readonly ManualClock clock = new();

    public void Dispose() => arrived.Dispose();

    [Fact]
    public async Task Far_from_the_end_of_a_budget_half_an_event_goes_out_and_each_byte_of_it_is_taken()
    {
        using var flowing = await BeginAsync(Chat, "text/event-stream", tokens: 1_000_000);
        var text = Event("one two three");
        await flowing.Body.WriteAsync(text[..20]);
        Assert.Equal((20, 20), (arrived.Length, flowing.Used));

        await flowing.Body.WriteAsync(text[20..]);
        Assert.Equal((text.Length, 3), (arrived.Length, flowing.Used));
    }

    [Fact]
    public async Task Near_the_end_of_a_budget_only_whole_events_go_out_and_they_may_use_it_up_exactly()
    {
        string[] words = ["one", " two", " three", " four", " five"];
        foreach (var size in new[] { 1, 7, 20, 64, 4096 })
        {
            arrived.SetLength(0);
            using var flowing = await BeginAsync(Chat, "text/event-stream", tokens: words.Length);
            byte[] answer = [.. words.SelectMany(word => Event(word).ToArray()), .. "data: [DONE]\n\n"u8];
            foreach (var piece in answer.Chunk(size))
            {
                await flowing.Body.WriteAsync(piece);
                var gone = Encoding.UTF8.GetString(arrived.ToArray());
                Assert.True(gone.Length == 0 || gone.EndsWith("\n\n", StringComparison.Ordinal), gone);
                Assert.Equal(gone.Split("content").Length - 1, flowing.Used);
            }

            await flowing.Body.CompleteAsync(default);
            Assert.Equal(answer, arrived.ToArray());
            Assert.Equal(words.Length, flowing.Used);
        }
    }

    [Fact]
    public async Task What_went_out_before_the_end_came_near_stays_taken_and_the_rest_of_the_event_waits()
    {
        using var flowing = await BeginAsync(Chat, "text/event-stream", tokens: 10_000);
        var text = Event(string.Concat(Enumerable.Repeat("one ", 20)));
        await flowing.Body.WriteAsync(text[..30]);
        Assert.Equal((30, 30), (arrived.Length, flowing.Used));

        // Others use nearly all of it.
        Assert.True(flowing.Count.TryTake(new Volumes(Tokens: 9_900), clock.GetUtcNow()));
        await flowing.Body.WriteAsync(text[30..60]);
        Assert.Equal((30, 9_930), (arrived.Length, flowing.Used));

        await flowing.Body.WriteAsync(text[60..]);
        Assert.Equal(text.ToArray(), arrived.ToArray());
        Assert.Equal(9_900 + Tokenizer.BuiltIn.Count(string.Concat(Enumerable.Repeat("one ", 20))), flowing.Used);
    }

    [Fact]
    public async Task Lines_that_are_no_data_wait_for_nothing()
    {
        using var flowing = await BeginAsync(Chat, "text/event-stream", tokens: 1);
        await flowing.Body.WriteAsync(": still there\nid: 7\n"u8.ToArray());
        Assert.Equal((20, 0), (arrived.Length, flowing.Used));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task A_record_that_says_its_own_tokens_waits_until_it_is_whole_whatever_is_left(int size)
    {
        using var flowing = await BeginAsync(Declared, "text/csv", tokens: 1_000_000);
        foreach (var piece in "id,token_n\n1,5\n2,999"u8.ToArray().Chunk(size))
        {
            await flowing.Body.WriteAsync(piece);
        }

        Assert.Equal("id,token_n\n1,5\n", Encoding.UTF8.GetString(arrived.ToArray()));
        Assert.Equal(5, flowing.Used);
        await flowing.Body.CompleteAsync(default);
        Assert.Equal("id,token_n\n1,5\n2,999", Encoding.UTF8.GetString(arrived.ToArray()));
        Assert.Equal(5 + 999, flowing.Used);
    }

    [Fact]
    public async Task A_chunk_of_a_plain_answer_that_says_its_own_tokens_waits_and_what_is_before_it_does_not()
    {
        var rule = Chat with { Chunks = new ChunkRule { At = "retrieved", Tokens = "n" } };
        using var flowing = await BeginAsync(rule, "application/json", tokens: 1_000_000);
        const string Before = """{"choices":[{"message":{"content":"one"}}],"retrieved":[{"n":5},""";
        await flowing.Body.WriteAsync(Encoding.UTF8.GetBytes(Before + """{"text":"a chunk","""));
        Assert.Equal((Before, 6L), (Encoding.UTF8.GetString(arrived.ToArray()), flowing.Used));
        await flowing.Body.WriteAsync(Encoding.UTF8.GetBytes("""
            "n":7}]}
            """));
        Assert.EndsWith("}]}", Encoding.UTF8.GetString(arrived.ToArray()), StringComparison.Ordinal);
        Assert.Equal(13, flowing.Used);
    }

    [Fact]
    public async Task A_record_of_text_goes_out_at_once_where_there_is_room_and_waits_where_there_is_not()
    {
        using (var roomy = await BeginAsync(Texts, "text/csv", tokens: 100_000))
        {
            await roomy.Body.WriteAsync("text\nfour words of te"u8.ToArray());
            Assert.Equal((21, 16), (arrived.Length, roomy.Used));
        }

        arrived.SetLength(0);
        using var narrow = await BeginAsync(Texts, "text/csv", tokens: 4);
        await narrow.Body.WriteAsync("text\nfour words of te"u8.ToArray());
        Assert.Equal((5, 0), (arrived.Length, narrow.Used));
        await narrow.Body.WriteAsync("xt\n"u8.ToArray());
        Assert.Equal((24, 4), (arrived.Length, narrow.Used));
    }

    [Fact]
    public async Task The_same_holds_for_a_balance()
    {
        string[] words = ["one", " two", " three", " four"];
        using (var roomy = await BeginAsync(Chat, "text/event-stream", balance: 1_000_000))
        {
            var text = Event("one two three");
            await roomy.Body.WriteAsync(text[..20]);
            Assert.Equal((20, 20), (arrived.Length, roomy.Paid));
            await roomy.Body.WriteAsync(text[20..]);
            Assert.Equal((text.Length, 3), (arrived.Length, roomy.Paid));
        }

        arrived.SetLength(0);
        using var narrow = await BeginAsync(Chat, "text/event-stream", balance: words.Length);
        foreach (var piece in words.SelectMany(word => Event(word).ToArray()).Chunk(11))
        {
            await narrow.Body.WriteAsync(piece);
            Assert.Equal(Encoding.UTF8.GetString(arrived.ToArray()).Split("content").Length - 1, narrow.Paid);
        }

        Assert.Equal(words.SelectMany(word => Event(word).ToArray()), arrived.ToArray());
        Assert.Equal(words.Length, narrow.Paid);
    }

    [Fact]
    public async Task Without_a_budget_nothing_waits()
    {
        using var flowing = await BeginAsync(Chat, "text/event-stream");
        await flowing.Body.WriteAsync("data: {\"cho"u8.ToArray());
        Assert.Equal(11, arrived.Length);
    }

    // Only an engine says how long its answer holds.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Validity")]
    private static extern void HoldsUntil(PolicyDecision decision, DecisionValidity? validity);

    private static ReadOnlyMemory<byte> Event(string content) => Encoding.UTF8.GetBytes($"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{JsonSerializer.Serialize(content)}}}}}]}}\n\n");

    // As the gate does it, but that nobody decides: the decision that began it allows what the budget has.
    private async Task<Flowing> BeginAsync(MeterRule rule, string contentType, long? tokens = null, long? balance = null)
    {
        List<QuotaTerm> terms = [];
        List<QuotaCounter> counters = [];
        void Limit(QuotaTerm term, long? limit)
        {
            if (limit is { } most)
            {
                terms.Add(term with { Limit = most });
                counters.Add(new QuotaCounter(terms[^1], clock.GetUtcNow(), 0, most) { Leased = most });
            }
        }

        Limit(new QuotaTerm("tokens", QuotaUnit.Tokens, 0, null, null), tokens);
        Limit(new QuotaTerm(QuotaTerm.Prepaid, QuotaUnit.Money, 0, null, null), balance);
        var agreement = new AgreementTerms
        {
            Id = "agreement-1",
            Role = DspRole.Provider,
            Provider = "did:web:grid.example",
            Consumer = "did:web:vpp.example",
            DatasetId = "assistant",
            Classification = "general",
            State = AgreementTerms.Active,
            Filed = true,
            ConcludedAt = DateTimeOffset.UnixEpoch,
            Document = null!,
            Signatures = [],
            Terms = null!,
            Coverage = [],
            Meter = rule,
            Quotas = terms,
        };
        var count = new AgreementCount(agreement.Id, 0, [], [.. counters], 0, BalanceCount.Of(counters, balance is null ? null : Price));
        var flow = new ProviderFlow("flow-1", agreement.Id, agreement.Consumer, null, null, new FlowStop());
        var ticket = new UsageTicket(FlowRow.Provider, flow.Id, 1, 1, flow.AgreementId, new UsageClaim("inference", null, ""), 1) { Reserved = clock.GetUtcNow() };
        var decision = PolicyDecision.Allowed("permission[0]", "");
        HoldsUntil(decision, new DecisionValidity(long.MaxValue, counters.ToDictionary(counter => counter.Name, counter => counter.IsBalance ? 0 : counter.Limit)));
        var judged = new Judgement(decision, default, new GateRequest(flow, agreement, null, "inference", new RequestFacts("POST", "/")), null);
        var balances = new Balances(null!, null!, null!, null!, null!, clock, NullLogger<Balances>.Instance);
        var runs = new RunningUses(null!, null!, null!, null!, balances, null!, clock, NullLogger<RunningUses>.Instance);
        var use = new RunningUse(runs, ticket, judged, count);
        var meter = TokenMeter.Of(rule, () => contentType)!;
        await use.BeginTokensAsync(meter);
        return new Flowing(use, new MeteredBody(arrived, new RowCounter(rule), null, long.MaxValue, use) { Tokens = meter }, count, clock);
    }

    private sealed record Flowing(RunningUse Use, MeteredBody Body, AgreementCount Count, ManualClock Clock) : IDisposable
    {
        public long Used => Count.States(Clock.GetUtcNow()).Single() is var tokens ? tokens.Limit - tokens.Left : 0;

        public long Paid => Count.Balance!.State.Used;

        public void Dispose()
        {
            Use.Dispose();
            Body.Dispose();
        }
    }
}
