using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class StatementRangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 8, 30, 15, TimeSpan.Zero);
    private static readonly PolicyDocument Agreement = PolicyDocument.Parse("""{"@type":"Agreement","@id":"a","timestamp":"2026-05-12T00:00:07.123Z"}""");

    [Fact]
    public void Without_a_period_it_goes_from_the_signature_to_the_last_minute_that_is_final_on_both_sides() => Assert.Equal(
        new StatementRange(Time("2026-05-12T00:00:00Z"), Time("2026-06-01T08:29:00Z")), Of(null, null));

    [Fact]
    public void Times_of_any_zone_are_taken() => Assert.Equal(
        new StatementRange(Time("2026-04-30T16:00:00Z"), Time("2026-05-31T16:00:00Z")), Of("2026-05-01T00:00:00+08:00", "2026-06-01T00:00:00+08:00"));

    [Theory]
    [InlineData("2026-05-01T00:00:30Z", null, "from")]
    [InlineData(null, "2026-05-20T00:00:00.5Z", "to")]
    [InlineData("yesterday", null, "from")]
    [InlineData("2026-05-01T00:00:00 08:00", null, "from")]
    [InlineData(null, "2026-05-20T00:00:00", "to")]
    [InlineData("2026-05-20T00:00:00Z", "2026-05-20T00:00:00Z", "to")]
    public void Period_that_cuts_a_minute_or_is_none_is_refused(string? from, string? to, string term)
    {
        var refusal = Assert.Throws<RefusalException>(() => Of(from, to));
        Assert.Equal((RefusalCode.Malformed, term), (refusal.Code, refusal.Term));
    }

    [Theory]
    [InlineData(null, "2026-06-01T08:30:00Z")]
    [InlineData(null, "2026-07-01T00:00:00Z")]
    [InlineData("2026-06-01T08:29:00Z", null)]
    public void Period_that_is_not_over_is_refused(string? from, string? to)
    {
        var refusal = Assert.Throws<RefusalException>(() => Of(from, to));
        Assert.Equal(RefusalCode.Conflict, refusal.Code);
        Assert.Contains("final up to 2026-06-01 08:29:00Z", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Agreement_that_does_not_say_when_it_was_signed_needs_a_beginning()
    {
        var undated = PolicyDocument.Parse("""{"@type":"Agreement","@id":"a"}""");
        Assert.Equal("from", Assert.Throws<RefusalException>(() => StatementRange.Of(new StatementQuery { Agreement = "a" }, undated, Now)).Term);
    }

    private static StatementRange Of(string? from, string? to) => StatementRange.Of(new StatementQuery { Agreement = "a", From = from, To = to }, Agreement, Now);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
