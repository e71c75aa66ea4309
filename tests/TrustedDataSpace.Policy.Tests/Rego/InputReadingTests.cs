using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>Inputs read for a query share the tables of their names; nobody must notice.</summary>
public sealed class InputReadingTests
{
    private readonly PreparedQuery query = RegoCompiler.Compile([new("test.rego", "package test\np := [input.a, input.b.a]\n")]).Prepare("data.test.p");

    [Theory]
    [InlineData("""{"a": 1, "b": {"a": 2}}""", "[1,2]")]
    [InlineData("""{"b": {"x": 0, "a": 2}, "a": 1}""", "[1,2]")]
    [InlineData("""{"a": 1, "a": 3, "b": {"a": 2, "a": 4}}""", "[3,4]")]
    [InlineData("""{"b": {"a": 2}, "\u0061": 1}""", "[1,2]")]
    [InlineData("""{"a": 1, "b": {"\u0061": 2, "a": 5}, "\u0061": 6}""", "[6,5]")]
    [InlineData("""{"x": [], "y": {}, "a": 1, "b": {"a": 2}}""", "[1,2]")]
    public void Members_are_found_in_any_order_and_the_last_of_a_name_counts(string input, string expected)
    {
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(expected, query.Evaluate(Read(input))!.ToJsonString());
        }
    }

    [Fact]
    public void Objects_with_the_same_members_are_equal_in_whatever_order_they_were_read()
    {
        var one = Read("""{"a": 1, "b": [2], "c": {"d": 3}}""");
        var other = Read("""{"c": {"d": 3}, "b": [2], "a": 1}""");
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, Read("""{"a": 1, "b": [2], "c": {"e": 3}}"""));
    }

    [Fact]
    public void Random_documents_are_what_they_are_without_shared_names()
    {
        var random = new Dice(20261101);
        for (var i = 0; i < 3000; i++)
        {
            var text = new StringBuilder();
            Append(text, random, 4);
            AssertReads(text.ToString());
        }
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5000)]
    public void Objects_with_many_members_are_read_whole(int members)
    {
        for (var round = 0; round < 3; round++)
        {
            AssertReads("{" + string.Join(',', Enumerable.Range(0, members).Select(i => $"\"n{i}\":{i}")) + "}");
        }
    }

    [Fact]
    public void Names_that_never_come_again_are_read_like_others_and_not_kept_without_bound()
    {
        for (var i = 0; i < 20_000; i++)
        {
            AssertReads($$"""{"first{{i}}": {"second{{i}}": {{i}}, "a": 1}, "a": 2}""");
        }

        Assert.Equal("[1,2]", query.Evaluate(Read("""{"a": 1, "b": {"a": 2}}"""))!.ToJsonString());
    }

    [Fact]
    public async Task Many_threads_learn_names_at_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() => Enumerable.Range(0, 500).All(i =>
        {
            var text = $$"""{"n{{i % 50}}":{"a":1,"m{{i % 7}}":[{"x":{{thread}}}]},"z":0}""";
            return Read(text).ToJsonString() == text;
        }))));
        Assert.All(results, Assert.True);
    }

    [Fact]
    public void Parsed_JSON_is_read_like_its_text_whatever_its_parser_accepted()
    {
        using var document = JsonDocument.Parse(
            """{"a": 1, /* two */ "b": {"a": 2.50, "c": [true, null, "x\u00e9"],},}""",
            new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        Assert.Equal("""{"a":1,"b":{"a":2.50,"c":[true,null,"xé"]}}""", query.ReadInput(document.RootElement).ToJsonString());
        Assert.Equal("2.50", query.ReadInput(document.RootElement.GetProperty("b").GetProperty("a")).ToJsonString());
        Assert.Throws<ArgumentException>(() => query.ReadInput(default(JsonElement)));
    }

    [Fact]
    public void Parsed_JSON_deeper_than_1000_levels_is_refused()
    {
        using var document = JsonDocument.Parse(new string('[', 1001) + new string(']', 1001), new JsonDocumentOptions { MaxDepth = 2000 });
        Assert.ThrowsAny<JsonException>(() => query.ReadInput(document.RootElement));
    }

    [Fact]
    public void What_is_not_JSON_is_refused_and_leaves_nothing_behind()
    {
        byte[] invalid = [.. "{\"a\": 1, \""u8, 0xFF, .. "\": 2}"u8];
        Assert.Throws<JsonException>(() => query.ReadInput(invalid));
        foreach (var text in new[] { "", "{\"a\": 1, \"b\"", "[1, 2", "{\"a\": 1} 2", "{\"a\": 1, 2}", "{\"a\": 1,}" })
        {
            Assert.ThrowsAny<JsonException>(() => Read(text));
        }

        Assert.Equal("[1,2]", query.Evaluate(Read("""{"a": 1, "b": {"a": 2}}"""))!.ToJsonString());
    }

    [Fact]
    public void Numbers_that_share_their_bits_do_not_share_their_hash()
    {
        // x and its neighbours in the upper half cancel each other in a plain exclusive or of both halves.
        var hashes = Enumerable.Range(0, 10_000).Select(i => new RegoNumber(((long)i << 32) | (uint)i).GetHashCode()).Distinct().Count();
        Assert.True(hashes > 9_000, $"only {hashes} different hashes");
    }

    private RegoValue Read(string json) => query.ReadInput(Encoding.UTF8.GetBytes(json));

    private void AssertReads(string json)
    {
        var (read, plain) = (Read(json), RegoValue.ParseJson(json));
        Assert.Equal(plain, read);
        Assert.Equal(plain.ToJsonString(), read.ToJsonString());
    }

    private static void Append(StringBuilder text, Dice random, int depth)
    {
        switch (depth == 0 ? 5 : random.Next(7))
        {
            case < 4:
                var members = Enumerable.Range(0, random.Next(12)).Select(_ => (string[])["a", "b", "c", "\\u0061", "long name", "ü", $"n{random.Next(40)}"]);
                text.Append('{');
                foreach (var (i, names) in members.Index())
                {
                    text.Append(i == 0 ? "" : ",").Append('"').Append(names[random.Next(names.Length)]).Append("\":");
                    Append(text, random, depth - 1);
                }

                text.Append('}');
                break;
            case 4:
                text.Append('[');
                for (var i = random.Next(4); i >= 0; i--)
                {
                    Append(text, random, depth - 1);
                    text.Append(i == 0 ? "" : ",");
                }

                text.Append(']');
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{random.Next(300)}");
                break;
        }
    }
}
