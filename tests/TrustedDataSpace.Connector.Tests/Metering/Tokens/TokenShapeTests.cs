using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering.Tokens;

/// <summary>What a call is, and what is in it, is what its kind has: no text passes uncounted under a name that the meter does not know.</summary>
public sealed class TokenShapeTests
{
    private static readonly MeterRule Chat = new() { Unit = MeterRule.Token, Format = MeterRule.Chat, TokenizerId = Tokenizer.BuiltInId, TokenizerVersion = Tokenizer.BuiltInVersion };

    [Theory]
    [InlineData(MeterRule.Chat, "{}")]
    [InlineData(MeterRule.Chat, "[]")]
    [InlineData(MeterRule.Chat, "\"text\"")]
    [InlineData(MeterRule.Chat, "{\"error\":{\"message\":\"text\"}}")]
    [InlineData(MeterRule.Chat, "{\"output\":[{\"content\":[{\"text\":\"text\"}]}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[],\"output_text\":\"text\"}")]
    [InlineData(MeterRule.Chat, "{\"choices\":\"text\"}")]
    [InlineData(MeterRule.Chat, "{\"choices\":{\"message\":{\"content\":\"text\"}}}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[\"text\"]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[[{\"message\":{\"content\":\"text\"}}]]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"text\":\"text\"}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"index\":0,\"token_ids\":[1,2,3]}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":\"text\"}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":{\"content\":7}}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":{\"content\":\"a\",\"thoughts\":\"text\"}}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":{\"content\":\"a\",\"context\":{\"messages\":[{\"content\":\"text\"}]}}}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]}}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":\"text\"}}]}")]
    [InlineData(MeterRule.Chat, "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"code\":\"text\"}]}}]}")]
    [InlineData(MeterRule.Completions, "{\"choices\":[{\"message\":{\"content\":\"text\"}}]}")]
    [InlineData(MeterRule.Embeddings, "{\"choices\":[{\"message\":{\"content\":\"text\"}}]}")]
    [InlineData(MeterRule.Embeddings, "{\"data\":[{\"embedding\":[0.5],\"text\":\"text\"}]}")]
    public void An_answer_in_a_shape_that_its_kind_of_call_does_not_have_is_not_known(string format, string answer)
    {
        Assert.Null(Count(format, "application/json", answer));
        Assert.Null(Count(format, "application/json", answer, size: 1));
    }

    [Theory]
    [InlineData("{\"type\":\"response.output_text.delta\",\"delta\":\"text\"}")]
    [InlineData("{\"completion\":\"text\"}")]
    [InlineData("{\"choices\":[{\"delta\":{\"content\":\"a\",\"thinking\":\"text\"}}]}")]
    [InlineData("7")]
    public void An_event_in_another_shape_makes_the_stream_unknown(string data) =>
        Assert.Null(Count(MeterRule.Chat, "text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: " + data + "\n\n"));

    [Fact]
    public void What_servers_say_besides_is_no_text()
    {
        const string Answer = """
            { "id": "x", "object": "chat.completion", "created": 1, "model": "m", "system_fingerprint": "f", "service_tier": "default", "took_ms": 7, "flags": { "cached": true },
              "choices": [ { "index": 0, "finish_reason": "stop", "logprobs": { "content": [ { "token": "two", "top_logprobs": [] } ] },
                "message": { "role": "assistant", "content": "two", "reasoning_content": "so be it", "annotations": [], "audio": null, "refusal": null } } ] }
            """;
        Assert.Equal(Tokens("two") + Tokens("so be it"), Count(MeterRule.Chat, "application/json", Answer));
        Assert.Equal(Tokens("two"), Count(MeterRule.Completions, "application/json", """{"choices":[{"index":0,"text":"two","logprobs":null}]}"""));
        Assert.Equal(0, Count(MeterRule.Embeddings, "application/json", """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAA"},{"embedding":[0.5,1e-7]}],"model":"m"}"""));
        Assert.Equal(
            Tokens("two"),
            Count(MeterRule.Chat, "text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"two\"}}],\"obfuscation\":\"xx\"}\n\ndata: {\"error\":{\"message\":\"overloaded\"}}\n\n"));
    }

    [Fact]
    public void Half_an_event_before_the_one_that_says_why_the_stream_ends_is_none()
    {
        const string Begun = "data: {\"choices\":[{\"delta\":{\"content\":\"two\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"cont";
        const string Why = "\n\nevent: error\ndata: {\"code\":\"constraint_not_met\",\"term\":\"tds:tokens\",\"detail\":\"used up\"}\n\n";
        Assert.Equal(Tokens("two"), Count(MeterRule.Chat, "text/event-stream", Begun + Why));
        Assert.Null(Count(MeterRule.Chat, "text/event-stream", Begun + "\n\ndata: {\"choices\":[]}\n\n"));
        Assert.Null(Count(MeterRule.Chat, "text/event-stream", Begun + "\n\n"));
    }

    [Fact]
    public void More_answers_than_are_counted_make_the_whole_unknown()
    {
        Assert.Equal(AnswerCount.MostChoices * Tokens("a"), Count(MeterRule.Chat, "application/json", Choices(AnswerCount.MostChoices)));
        Assert.Null(Count(MeterRule.Chat, "application/json", Choices(AnswerCount.MostChoices + 1)));

        static string Choices(int count) => "{\"choices\":[" + string.Join(',', Enumerable.Repeat("{\"message\":{\"content\":\"a\"}}", count)) + "]}";
    }

    [Theory]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"prompt\":\"text\"", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"instructions\":\"text\"", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"documents\":[{\"text\":\"text\"}]", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"prediction\":{\"content\":\"text\"}", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"web_search_options\":{}", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"modalities\":[\"text\",\"audio\"]", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"audio\":{\"voice\":\"alloy\",\"format\":\"wav\"}", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]}]", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"context\":\"text\"}]", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"a\",\"more\":\"text\"}]}]", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[{\"role\":[\"text\"],\"content\":\"a\"}]", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"n\":129", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"n\":99999999999", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"n\":0", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"n\":1.5", RefusalCode.Malformed)]
    [InlineData(MeterRule.Chat, "\"messages\":[],\"n\":\"2\"", RefusalCode.Malformed)]
    [InlineData(MeterRule.Completions, "\"prompt\":[\"a\",\"b\"],\"n\":65", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Completions, "\"prompt\":\"\",\"messages\":[{\"content\":\"text\"}]", RefusalCode.Unsupported)]
    [InlineData(MeterRule.Embeddings, "\"input\":\"\",\"messages\":[{\"content\":\"text\"}]", RefusalCode.Unsupported)]
    public void What_the_kind_of_call_does_not_have_or_cannot_be_counted_is_refused(string format, string members, RefusalCode code)
    {
        var refusal = Assert.Throws<RefusalException>(() => RequestText.Count(format, Encoding.UTF8.GetBytes("{" + members + "}")));
        Assert.Equal((code, MeterRule.Property), (refusal.Code, refusal.Term));
    }

    [Fact]
    public void A_name_is_no_place_for_text() =>
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => RequestText.Count(MeterRule.Chat, Encoding.UTF8.GetBytes($$"""{"messages":[{"name":"{{new string('a', 65)}}","content":"a"}]}"""))).Code);

    [Fact]
    public void Settings_and_numbers_under_any_name_are_asked_as_they_are()
    {
        const string Schema = """{ "type": "json_schema", "json_schema": { "name": "alloy" } }""";
        var body = $$"""
            { "model": "m", "n": 128, "temperature": 0.2, "top_k": 5, "use_cache": true, "stop": ["\n"], "stream_options": { "include_usage": true }, "modalities": ["text"],
              "response_format": {{Schema}}, "messages": [ { "role": "user", "content": "a b" } ] }
            """;
        Assert.Equal(Tokens("a b") + Tokens(Schema), RequestText.Count(MeterRule.Chat, Encoding.UTF8.GetBytes(body)));
    }

    [Fact]
    public void What_a_quota_is_told_while_an_answer_flows_is_what_is_counted_in_the_end()
    {
        string[] pieces = ["alloy ", "a", " ", "合金", "1280 MPa\n", "é", "😀", "，", "aaaaaaaaaaaaaaaa"];
        for (var round = 0; round < 30; round++)
        {
            var meter = TokenMeter.Of(Chat, () => "text/event-stream")!;
            var said = new string[3];
            var most = 0L;
            for (var i = 0; i < 200; i++)
            {
                var (choice, piece) = (RandomNumberGenerator.GetInt32(3), pieces[RandomNumberGenerator.GetInt32(pieces.Length)]);
                said[choice] += piece;
                meter.Add(Encoding.UTF8.GetBytes($"data: {{\"choices\":[{{\"index\":{choice},\"delta\":{{\"content\":{System.Text.Json.JsonSerializer.Serialize(piece)}}}}}]}}\n\n"));
                most = Math.Max(most, meter.Estimate!.Value);
            }

            var counted = meter.Counts(UsageOutcomes.Ok);
            Assert.Equal(said.Sum(text => Tokens(text ?? "")), counted.Out);
            Assert.Equal(counted.Out, meter.TotalOf(counted));

            // Never behind what was said, and above it only while a long word is under way.
            Assert.InRange(most, counted.Out!.Value, counted.Out.Value * 2);
        }
    }

    private static long Tokens(string text) => Tokenizer.BuiltIn.Count(text);

    private static long? Count(string format, string type, string answer, int size = 16)
    {
        var meter = TokenMeter.Of(Chat with { Format = format }, () => type)!;
        foreach (var piece in Encoding.UTF8.GetBytes(answer).Chunk(size))
        {
            meter.Add(piece);
        }

        return meter.Counts(UsageOutcomes.Ok).Out;
    }
}
