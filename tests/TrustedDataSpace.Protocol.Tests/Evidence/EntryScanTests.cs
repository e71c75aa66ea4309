using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

/// <summary>The quick look at an entry vouches for nothing that the parser would not.</summary>
public sealed class EntryScanTests
{
    private static readonly byte[] Usual = new EvidenceEntry
    {
        Id = "019e197bca63700085b957fb35fbc663",
        Time = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero),
        Source = "did:web:grid.example",
        Kind = EvidenceKinds.UsageRecorded,
        Agreement = "urn:uuid:1",
        Data = ProtocolJson.ToElement(new { requests = 3, none = 0, less = -17, deep = new object[] { new { a = true, b = false }, Array.Empty<object>(), new { } }, text = "电网" }),
    }.CanonicalBytes().ToArray();

    [Fact]
    public void A_usual_entry_is_vouched_for_with_its_source()
    {
        Assert.True(EntryScan.TryRead(Usual, out var source));
        Assert.Equal("did:web:grid.example", Encoding.UTF8.GetString(source));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"a\":1}")]
    [InlineData("{\"source\":\"\"}")]
    [InlineData("{\"source\":1}")]
    [InlineData("{\"a\":{\"source\":\"x\"}}")]
    [InlineData("{\"source\":\"x\",\"a\":1}")]
    [InlineData("{\"source\":\"x\",\"source\":\"x\"}")]
    [InlineData("{ \"source\":\"x\"}")]
    [InlineData("{\"source\":\"x\"} ")]
    [InlineData("{\"source\":\"x\\u0041\"}")]
    [InlineData("{\"source\":\"x\ny\"}")]
    [InlineData("{\"n\":01,\"source\":\"x\"}")]
    [InlineData("{\"n\":-0,\"source\":\"x\"}")]
    [InlineData("{\"n\":1.0,\"source\":\"x\"}")]
    [InlineData("{\"n\":1e3,\"source\":\"x\"}")]
    [InlineData("{\"n\":9007199254740993,\"source\":\"x\"}")]
    [InlineData("{\"n\":,\"source\":\"x\"}")]
    [InlineData("{\"n\":[1,],\"source\":\"x\"}")]
    [InlineData("{\"n\":nul,\"source\":\"x\"}")]
    [InlineData("{\"n\":\"x")]
    [InlineData("{\"source\":\"x\"")]
    [InlineData("{\"source\":\"x\",}")]
    public void What_is_not_surely_canonical_is_left_to_the_parser(string json) => Assert.False(EntryScan.TryRead(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public void No_changed_byte_makes_it_vouch_for_what_the_parser_would_not()
    {
        var vouched = 0;
        for (var place = 0; place < Usual.Length; place++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = (byte[])Usual.Clone();
                changed[place] = (byte)value;
                if (!EntryScan.TryRead(changed, out var source))
                {
                    continue;
                }

                vouched++;
                var entry = ProtocolJson.Parse(changed);
                Assert.Equal(changed, CanonicalJson.Bytes(entry));
                Assert.Equal(entry.GetProperty("source").GetString(), Encoding.UTF8.GetString(source));
            }
        }

        Assert.True(vouched > Usual.Length);
    }

    [Fact]
    public void Too_deep_is_left_to_the_parser_which_refuses()
    {
        var deep = Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 80)}{new string(']', 80)},\"source\":\"x\"}}");

        Assert.False(EntryScan.TryRead(deep, out _));
        Assert.Throws<RefusalException>(() => ProtocolJson.Parse(deep));
    }
}
