using System.Text;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering.Tokens;

public sealed class TokenMeterTests
{
    private const string A = "did:web:mill.example";
    private const string B = "did:web:lab.example";
    private const string Said = "GH4169 has \"1280 MPa\"\n合金 数据 😀 é";

    private static readonly MeterRule Chat = new()
    {
        Unit = MeterRule.Token,
        Format = MeterRule.Chat,
        TokenizerId = Tokenizer.BuiltInId,
        TokenizerVersion = Tokenizer.BuiltInVersion,
        Chunks = new ChunkRule { At = "retrieved", Text = "text", Party = "provider.did", Parties = [A, B] },
    };

    private static readonly MeterRule Rows = Chat with { Format = "text/csv", Chunks = new ChunkRule { Tokens = "token_n", Party = "provider", Parties = [A, B] } };

    private static long Tokens(string text) => Tokenizer.BuiltIn.Count(text);

    [Fact]
    public void A_plain_answer_counts_alike_however_it_is_cut_into_pieces()
    {
        var answer = $$"""
            { "id": "x", "choices": [ { "index": 0, "message": { "role": "assistant", "content": {{Quoted(Said)}}, "name": "not counted" } },
              { "index": 1, "message": { "content": "two", "tool_calls": [ { "function": { "name": "find", "arguments": "{\"a\":1}" } } ] } } ],
              "usage": { "prompt_tokens": 7, "completion_tokens": 99, "prompt_tokens_details": { "cached_tokens": 3 } },
              "retrieved": [ { "text": "chunk one", "provider.did": "{{A}}" }, { "provider.did": "{{B}}", "text": "other chunk, longer" }, { "text": "more", "provider.did": "{{A}}" } ] }
            """;
        foreach (var size in new[] { 1, 2, 3, 7, 64, 4096 })
        {
            var counts = Count(Chat, "application/json", answer, size);
            Assert.Equal(Tokens(Said) + Tokens("two") + Tokens("find") + Tokens("{\"a\":1}"), counts.Out);
            Assert.Equal((7L, 99L), (counts.DeclaredIn, counts.DeclaredOut));
            Assert.Equal(Tokens("chunk one") + Tokens("more") + Tokens("other chunk, longer"), counts.Data);
            Assert.Equal([new PartyTokens(B, Tokens("other chunk, longer"), 1), new PartyTokens(A, Tokens("chunk one") + Tokens("more"), 2)], counts.DataBy!);
        }
    }

    [Fact]
    public void A_streamed_answer_counts_as_its_whole_text_and_its_choices_apart()
    {
        var stream = new StringBuilder(": hello\r\n\r\n");
        foreach (var rune in Said.EnumerateRunes())
        {
            stream.Append(null, $"data: {{\"choices\":[{{\"delta\":{{\"content\":{Quoted(rune.ToString())}}},\"index\":1}},{{\"index\":0,\"delta\":{{\"content\":\"a\"}}}}]}}\r\n\r\n");
        }

        stream.Append(null, $"data: {{\"choices\":[],\"retrieved\":[{{\"text\":\"chunk\",\ndata: \"provider.did\":\"{A}\"}}]}}\n\n");
        stream.Append("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\r\rdata: [DONE]\n\n");
        foreach (var size in new[] { 1, 3, 64, 100_000 })
        {
            var counts = Count(Chat, "text/event-stream; charset=utf-8", stream.ToString(), size);
            Assert.Equal(Tokens(Said) + Tokens(new string('a', Said.EnumerateRunes().Count())), counts.Out);
            Assert.Equal((1L, 2L, Tokens("chunk")), (counts.DeclaredIn, counts.DeclaredOut, counts.Data));
        }
    }

    [Fact]
    public void What_was_delivered_of_an_answer_that_was_cut_counts()
    {
        Assert.Equal(Tokens("one two thr"), Count(Chat, "application/json", """{"choices":[{"message":{"content":"one two thr""", outcome: UsageOutcomes.Cut).Out);

        // An event that is not whole is none.
        Assert.Equal(Tokens("one two"), Count(Chat, "text/event-stream", """
            data: {"choices":[{"delta":{"content":"one two"}}]}

            data: {"choices":[{"delta":{"content":" three"}}]}
            """, outcome: UsageOutcomes.Cut).Out);
        Assert.Equal(0, Count(Chat, "application/json", "", outcome: UsageOutcomes.Cut).Out);
    }

    [Theory]
    [InlineData("application/json", "{\"choices\":[{\"message\":{\"content\":\"cut")]
    [InlineData("application/json", "{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\"}]}}]}")]
    [InlineData("application/json", "{\"choices\":[{\"message\":{\"content\":null,\"audio\":{\"data\":\"AAAA\"}}}]}")]
    [InlineData("application/json", "choices")]
    [InlineData("application/json", "{\"choices\":[{\"message\":{\"content\":\"a\"}}]}}")]
    [InlineData("application/json", "{\"choices\":[{\"message\":{\"content\":\"\\ud\"}}]}")]
    [InlineData("text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]\n\n")]
    [InlineData("text/event-stream", "data: no JSON\n\n")]
    public void What_cannot_be_counted_is_not_known_and_never_nothing(string type, string answer)
    {
        var counts = Count(Chat, type, answer);
        Assert.Null(counts.Out);
    }

    [Theory]
    [InlineData("{\"retrieved\":[{\"text\":\"a\"}]")]
    [InlineData("{\"retrieved\":[{\"text\":7,\"provider.did\":\"did:web:mill.example\"}]")]
    [InlineData("{\"retrieved\":[{\"text\":null,\"provider.did\":\"did:web:mill.example\"}]")]
    [InlineData("{\"retrieved\":[\"a\"]")]
    [InlineData("{\"retrieved\":[7]")]
    [InlineData("{\"retrieved\":[[{\"text\":\"a\",\"provider.did\":\"did:web:mill.example\"}]]")]
    [InlineData("{\"retrieved\":{\"text\":\"a\",\"provider.did\":\"did:web:mill.example\"}")]
    [InlineData("{\"retrieved\":\"a\"")]
    [InlineData("{\"retrieved\":true")]
    [InlineData("{\"retrieved\":[{\"text\":\"a\",\"provider.did\":\"did:web:stranger.example\"}]")]
    [InlineData("{\"retrieved\":[{\"provider.did\":\"did:web:mill.example\"}]")]
    [InlineData("{\"retrieved\":[{\"text\":[\"a\"],\"provider.did\":\"did:web:mill.example\"}]")]
    public void Chunks_in_another_form_without_text_or_of_nobody_that_the_contract_names_are_not_known(string answer)
    {
        foreach (var (type, around) in new[] { ("application/json", "{0},\"choices\":[]}}"), ("text/event-stream", "data: {0},\"choices\":[]}}\n\n") })
        {
            var counts = Count(Chat, type, string.Format(System.Globalization.CultureInfo.InvariantCulture, around, answer));
            Assert.Equal((0L, null), (counts.Out, counts.Data));
            Assert.Null(counts.DataBy);
        }
    }

    [Fact]
    public void An_event_larger_than_is_looked_at_is_not_known()
    {
        var counts = Count(Chat, "text/event-stream", "data: " + new string(' ', EventLines.LargestEvent) + "{}\n\n");
        Assert.Null(counts.Out);
        Assert.Null(counts.Data);
    }

    [Fact]
    public void Nothing_was_delivered_by_a_miss() => Assert.Equal(TokenCounts.None, Count(Chat, "application/json", "{\"error\":\"none\"}", outcome: UsageOutcomes.Miss));

    [Fact]
    public void Rows_are_counted_by_their_text_or_by_the_token_column_of_the_product()
    {
        var csv = $"chunk_id,provider,token_n,text\n1,{A},5,\"a, \"\"b\"\"\nc\"\n2,{B},7,plain\n3,{A},1,last";
        foreach (var size in new[] { 1, 5, 4096 })
        {
            var declared = Count(Rows, "text/csv", csv, size);
            Assert.Equal(13, declared.Data);
            Assert.Equal([new PartyTokens(B, 7, 1), new PartyTokens(A, 6, 2)], declared.DataBy!);
            Assert.Null(declared.In);

            var counted = Count(Rows with { Chunks = new ChunkRule { Text = "text" } }, "text/csv", csv, size);
            Assert.Equal(Tokens("a, \"b\"\nc") + Tokens("plain") + Tokens("last"), counted.Data);
            Assert.Null(counted.DataBy);
        }
    }

    [Theory]
    [InlineData("chunk_id,provider\n1,did:web:mill.example\n")]
    [InlineData("chunk_id,provider,token_n\n1,did:web:mill.example,many\n")]
    [InlineData("chunk_id,provider,token_n\n1,did:web:mill.example,-5\n")]
    [InlineData("chunk_id,provider,token_n\n1,did:web:mill.example\n")]
    [InlineData("token_n,provider,token_n\n1,did:web:mill.example,1\n")]
    public void Rows_without_a_count_are_not_known(string csv) => Assert.Null(Count(Rows, "text/csv", csv).Data);

    [Fact]
    public void A_record_without_its_end_is_one_of_a_whole_answer_and_none_of_one_that_was_cut()
    {
        var csv = $"provider,token_n\n{A},5\n{B},7";
        foreach (var size in new[] { 1, 4096 })
        {
            Assert.Equal(12, Count(Rows, "text/csv", csv, size).Data);
            Assert.Equal(5, Count(Rows, "text/csv", csv, size, UsageOutcomes.Cut).Data);
        }
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_text()
    {
        const string Mark = "\uFEFF";
        foreach (var size in new[] { 1, 2, 4096 })
        {
            Assert.Equal(5, Count(Rows, "text/csv", $"{Mark}token_n,provider\n5,{A}\n", size).Data);
            Assert.Equal(Tokens("two"), Count(Chat, "application/json", Mark + """{"choices":[{"message":{"content":"two"}}]}""", size).Out);
            Assert.Equal(Tokens("two"), Count(Chat, "text/event-stream", Mark + "data: {\"choices\":[{\"delta\":{\"content\":\"two\"}}]}\n\n", size).Out);

            // Half of a mark is none, and neither is one in the middle.
            Assert.Null(Count(Chat, "application/json", Mark + Mark + """{"choices":[{"message":{"content":"two"}}]}""", size).Out);
        }

        Assert.Equal(Tokens("a b"), RequestText.Count(MeterRule.Embeddings, Encoding.UTF8.GetBytes(Mark + """{"input":"a b"}""")));
    }

    [Fact]
    public void A_record_longer_than_is_looked_at_is_not_known_in_whatever_pieces_it_comes()
    {
        var csv = $"provider,token_n,text\n{A},5,{new string('a', 1 << 20)}\n";
        foreach (var size in new[] { 1000, 64 * 1024, 4 << 20 })
        {
            Assert.Null(Count(Rows, "text/csv", csv, size).Data);
        }
    }

    [Fact]
    public void Input_is_all_text_that_the_model_reads()
    {
        var tools = """[ { "type": "function", "function": { "name": "find" } } ]""";
        var body = $$"""
            { "model": "m", "tools": {{tools}}, "messages": [
              { "role": "system", "content": "you know alloys" },
              { "role": "user", "name": "not counted", "content": [ { "type": "text", "text": {{Quoted(Said)}} }, { "type": "text", "text": "more" } ] },
              { "role": "assistant", "content": null, "refusal": "no" } ] }
            """;
        Assert.Equal(Tokens(tools) + Tokens("you know alloys") + Tokens(Said) + Tokens("more") + Tokens("no"), RequestText.Count(MeterRule.Chat, Encoding.UTF8.GetBytes(body)));
        Assert.Equal(Tokens("a b") + Tokens("c"), RequestText.Count(MeterRule.Completions, """{"prompt":["a b","c"]}"""u8.ToArray()));
        Assert.Equal(Tokens("a b"), RequestText.Count(MeterRule.Embeddings, """{"input":"a b"}"""u8.ToArray()));
    }

    [Theory]
    [InlineData(MeterRule.Chat, "{}", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "[]", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "no JSON", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "{\"messages\":[1]}", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "{\"messages\":[{\"content\":7}]}", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "{\"messages\":[{\"content\":\"a\",\"content\":\"b\"}]}", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "{\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x\"}}]}]}", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "{\"messages\":[{\"audio\":{\"id\":\"x\"}}]}", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Completions, "{\"prompt\":[1,2,3]}", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Embeddings, "{}", RefusalCode.Malformed)]
    public void Input_that_cannot_be_counted_is_refused(string format, string body, RefusalCode code) =>
        Assert.Equal(code, Assert.Throws<RefusalException>(() => RequestText.Count(format, Encoding.UTF8.GetBytes(body))).Code);

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static TokenCounts Count(MeterRule rule, string type, string answer, int size = 16, string outcome = UsageOutcomes.Ok)
    {
        var meter = TokenMeter.Of(rule, () => type)!;
        foreach (var piece in Encoding.UTF8.GetBytes(answer).Chunk(size))
        {
            meter.Add(piece);
        }

        return meter.Counts(outcome);
    }
}
