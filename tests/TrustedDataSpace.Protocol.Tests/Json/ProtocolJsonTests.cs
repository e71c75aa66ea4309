using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Json;

public sealed class ProtocolJsonTests
{
    [Theory]
    [InlineData("""{"name":"a","name":"b","at":"2026-05-12T08:00:00Z"}""")]
    [InlineData("""{"name":"a","at":"2026-05-12T08:00:00Z",}""")]
    [InlineData("""{"name":"a",/* */"at":"2026-05-12T08:00:00Z"}""")]
    [InlineData("""{"name":"a"}""")]
    [InlineData("""{"name":null,"at":"2026-05-12T08:00:00Z"}""")]
    [InlineData("""{"name":1,"at":"2026-05-12T08:00:00Z"}""")]
    [InlineData("""{"name":"a","at":"2026-05-12T08:00:00"}""")]
    [InlineData("""{"name":"a","at":"12.5.2026"}""")]
    [InlineData("""{"name":"a","at":"2026-05-12T08:00:00Z","count":"3"}""")]
    [InlineData("""{"name":"a","at":"2026-05-12T08:00:00Z","words":["x",null]}""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{} {}")]
    public async Task Document_that_is_not_as_required_is_refused_with_its_place(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var refusal = Assert.Throws<RefusalException>(() => ProtocolJson.Read<Sample>(bytes));
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.StartsWith("$", refusal.Where, StringComparison.Ordinal);
        Assert.DoesNotContain("TrustedDataSpace", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RefusalException>(async () => await ProtocolJson.ReadAsync<Sample>(new MemoryStream(bytes)));
    }

    [Fact]
    public void Missing_property_is_named()
    {
        var refusal = Assert.Throws<RefusalException>(() => ProtocolJson.Read<Sample>("""{"name":"a"}"""u8));
        Assert.Equal("The JSON document is not as required at $: missing 'at'.", refusal.Message);
    }

    [Fact]
    public void Place_of_a_wrong_value_is_named()
    {
        var refusal = Assert.Throws<RefusalException>(() => ProtocolJson.Read<Sample>("""{"name":"a","at":"2026-05-12T08:00:00Z","more":[1,"x"]}"""u8));
        Assert.Equal("$.more[1]", refusal.Where);
    }

    [Fact]
    public void Document_that_is_too_deep_is_refused()
    {
        var deep = Encoding.UTF8.GetBytes(new string('[', 100) + new string(']', 100));
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => ProtocolJson.Parse(deep)).Code);
    }

    [Theory]
    [InlineData("22 5C 75 64 38 30 30 22")]
    [InlineData("7B 22 5C 75 44 65 61 64 22 3A 31 7D")]
    [InlineData("5B 22 FF 22 5D")]
    [InlineData("EF BB BF 31")]
    public void Text_that_is_not_Unicode_is_refused_when_it_is_parsed(string bytes)
    {
        var refusal = Assert.Throws<RefusalException>(() => ProtocolJson.Parse(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal))));
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Theory]
    [InlineData("2026-05-12T16:00:00+08:00", "2026-05-12T08:00:00Z")]
    [InlineData("2026-05-12T08:00:00.1230000Z", "2026-05-12T08:00:00.123Z")]
    public void One_instant_has_one_text(string read, string written)
    {
        var sample = ProtocolJson.Read<Sample>(Encoding.UTF8.GetBytes($$"""{"name":"张","at":"{{read}}"}"""));
        Assert.Equal($$"""{"name":"张","at":"{{written}}","more":[]}""", Encoding.UTF8.GetString(ProtocolJson.Write(sample)));
    }

    private sealed record Sample
    {
        public required string Name { get; init; }

        public required DateTimeOffset At { get; init; }

        public int? Count { get; init; }

        public IReadOnlyList<int> More { get; init; } = [];

        public IReadOnlyList<string>? Words { get; init; }
    }
}
