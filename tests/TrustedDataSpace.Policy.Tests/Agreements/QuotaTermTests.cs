using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Agreements;

public sealed class QuotaTermTests
{
    [Theory]
    [InlineData("count", "lteq", "100", "count", QuotaUnit.Count, 100, null, null)]
    [InlineData("count", "lt", "100", "count", QuotaUnit.Count, 99, null, null)]
    [InlineData("count", "eq", "100", "count", QuotaUnit.Count, 100, null, null)]
    [InlineData("count", "lteq", "10000/P1D@Asia/Shanghai", "count/P1D@Asia/Shanghai", QuotaUnit.Count, 10000, "P1D", "Asia/Shanghai")]
    [InlineData("tds:bytes", "lt", "1000/P1M@Europe/Berlin", "bytes/P1M@Europe/Berlin", QuotaUnit.Bytes, 999, "P1M", "Europe/Berlin")]
    [InlineData("tds:dataSize", "lteq", "5", "bytes", QuotaUnit.Bytes, 5, null, null)]
    [InlineData("tds:rows", "lteq", "5/P1W@UTC", "rows/P1W@UTC", QuotaUnit.Rows, 5, "P1W", "UTC")]
    [InlineData("tds:dataRecord", "lteq", "5", "rows", QuotaUnit.Rows, 5, null, null)]
    [InlineData("tds:seconds", "lteq", "5/PT1H", "seconds/PT1H@UTC", QuotaUnit.Seconds, 5, "PT1H", "UTC")]
    [InlineData("meteredTime", "lteq", "5", "seconds", QuotaUnit.Seconds, 5, null, null)]
    [InlineData("tds:tokens", "lteq", "5/P1Y@Asia/Shanghai", "tokens/P1Y@Asia/Shanghai", QuotaUnit.Tokens, 5, "P1Y", "Asia/Shanghai")]
    [InlineData("tds:concurrency", "lteq", "5", "concurrency", QuotaUnit.Concurrency, 5, null, null)]
    [InlineData("tds:frequency", "lteq", "5/PT1S", "frequency/PT1S@UTC", QuotaUnit.Frequency, 5, "PT1S", "UTC")]
    [InlineData("tds:frequency", "lteq", "5/PT30M@Asia/Kolkata", "frequency/PT30M@Asia/Kolkata", QuotaUnit.Frequency, 5, "PT30M", "Asia/Kolkata")]
    public void Quota_of_an_offer_becomes_a_named_counter(string left, string op, string right, string counter, QuotaUnit unit, long limit, string? period, string? zone)
    {
        var term = Assert.Single(Terms(Odrl.Rule(Odrl.Constraint(left, op, right))));

        Assert.Equal((counter, unit, limit, period, zone), (term.Counter, term.Unit, term.Limit, term.Period, term.Zone));
    }

    [Theory]
    [InlineData("count", "10/P0D@UTC")]
    [InlineData("count", "10/P2D@UTC")]
    [InlineData("count", "10/PT0S")]
    [InlineData("count", "10/PT0.5S")]
    [InlineData("count", "10/PT7M")]
    [InlineData("count", "10/PT5H")]
    [InlineData("count", "10/PT90S")]
    [InlineData("count", "10/P1D")]
    [InlineData("count", "10/P1D@Mars/Olympus")]
    [InlineData("count", "10/P1D@China Standard Time")]
    [InlineData("count", "10/P1D@+08:00")]
    [InlineData("count", "10/P1D@")]
    [InlineData("count", "/P1D@UTC")]
    [InlineData("count", "-1/P1D@UTC")]
    [InlineData("count", "1.5/P1D@UTC")]
    [InlineData("count", "10/P1D@UTC\n")]
    [InlineData("count", "10/PT1S@../../etc/passwd")]
    [InlineData("tds:frequency", "10")]
    [InlineData("tds:concurrency", "10/P1D@UTC")]
    public void Quota_without_a_meaning_is_refused_when_it_is_offered(string left, string right)
    {
        var refused = Assert.Throws<PolicyRefusedException>(() => Terms(Odrl.Rule(Odrl.Constraint(left, "lteq", right))));

        Assert.Equal("permission[0].constraint[0].rightOperand", Assert.Single(refused.Problems).Path);
    }

    [Theory]
    [InlineData("count", "eq", "10/P1D@UTC", "permission[0].constraint[0].operator")]
    [InlineData("tds:bytes", "eq", "10", "permission[0].constraint[0].operator")]
    [InlineData("tds:bytes", "lt", "1/P1D@UTC", "permission[0]")]
    [InlineData("tds:bytes", "lteq", "0", "permission[0]")]
    public void Quota_that_nobody_could_use_is_refused(string left, string op, string right, string path) =>
        Assert.Equal(path, Assert.Single(Assert.Throws<PolicyRefusedException>(() => Terms(Odrl.Rule(Odrl.Constraint(left, op, right)))).Problems).Path);

    [Fact]
    public void Quota_in_a_prohibition_is_refused()
    {
        var offer = Odrl.Offer(Odrl.Rule()).With("prohibition", Odrl.Rule(Odrl.Constraint("tds:bytes", "lteq", 5)));

        var refused = Assert.Throws<PolicyRefusedException>(() => AgreementCompiler.Compile(offer.Json()));
        Assert.Equal("prohibition[0].constraint[0]", Assert.Single(refused.Problems).Path);
    }

    [Fact]
    public void All_quotas_of_all_permissions_are_found_once()
    {
        var terms = Terms(
            Odrl.Rule(Odrl.Constraint("purpose", "eq", "inference"), Odrl.Constraint("count", "lteq", 5), Odrl.Constraint("tds:bytes", "lteq", 9)),
            Odrl.Rule(Odrl.Constraint("count", "lt", 6), Odrl.Constraint("count", "lteq", "7/P1D@UTC")));

        Assert.Equal([("count", 5L), ("bytes", 9L), ("count/P1D@UTC", 7L)], terms.Select(term => (term.Counter, term.Limit)));
    }

    [Theory]
    [InlineData("P1D", "Asia/Shanghai", "2026-05-12T09:00:00+08:00", "2026-05-12T00:00:00+08:00", "2026-05-13T00:00:00+08:00")]
    [InlineData("P1W", "Asia/Shanghai", "2026-05-17T23:59:59+08:00", "2026-05-11T00:00:00+08:00", "2026-05-18T00:00:00+08:00")]
    [InlineData("P1M", "Asia/Shanghai", "2026-02-28T23:00:00+08:00", "2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00")]
    [InlineData("P1Y", "Asia/Shanghai", "2025-12-31T16:00:00Z", "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00")]
    [InlineData("PT1H", "Asia/Kolkata", "2026-05-12T09:45:00+05:30", "2026-05-12T09:00:00+05:30", "2026-05-12T10:00:00+05:30")]
    [InlineData("PT15M", "UTC", "2026-05-12T09:44:59Z", "2026-05-12T09:30:00Z", "2026-05-12T09:45:00Z")]
    [InlineData("PT1S", "UTC", "2026-05-12T09:44:59.999Z", "2026-05-12T09:44:59Z", "2026-05-12T09:45:00Z")]
    [InlineData("P1D", "Europe/Berlin", "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")]
    [InlineData("P1D", "Europe/Berlin", "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")]
    [InlineData("PT12H", "Europe/Berlin", "2026-03-29T23:30:00+02:00", "2026-03-29T13:00:00+02:00", "2026-03-30T00:00:00+02:00")]
    public void Periods_are_those_of_the_calendar_in_the_zone_of_the_contract(string period, string zone, string now, string start, string end)
    {
        var term = new QuotaTerm(QuotaTerm.CounterOf(QuotaUnit.Count, period, zone), QuotaUnit.Count, 1, period, zone);

        var (number, from, to) = term.PeriodAt(DateTimeOffset.Parse(now, null));

        Assert.Equal((DateTimeOffset.Parse(start, null), DateTimeOffset.Parse(end, null)), (from, to));
        Assert.Equal(from.ToUnixTimeSeconds(), number);
    }

    [Theory]
    [InlineData("P1D", "Africa/Cairo")]
    [InlineData("P1D", "America/Havana")]
    [InlineData("PT8H", "America/Sao_Paulo")]
    [InlineData("PT1H", "Australia/Lord_Howe")]
    [InlineData("P1W", "Europe/Berlin")]
    [InlineData("P1M", "Pacific/Apia")]
    public void Periods_follow_each_other_without_gap_also_where_clocks_are_set(string period, string zone)
    {
        var term = new QuotaTerm("x", QuotaUnit.Count, 1, period, zone);
        var at = new DateTimeOffset(2011, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (number, _, end) = term.PeriodAt(at);
        for (var step = 0; step < 1500; step++)
        {
            var next = term.PeriodAt(end);
            Assert.Equal(end, next.Start);
            Assert.True(next.Number > number && next.End > next.Start, $"{next}");
            Assert.Equal(number, term.PeriodAt(end.AddTicks(-1)).Number);
            (number, end) = (next.Number, next.End);
        }
    }

    [Fact]
    public void Total_is_one_period_without_end() =>
        Assert.Equal((0, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue), new QuotaTerm("count", QuotaUnit.Count, 1, null, null).PeriodAt(DateTimeOffset.UnixEpoch));

    private static IReadOnlyList<QuotaTerm> Terms(params JsonNode[] permissions) => QuotaTerms.Of(AgreementCompiler.Compile(Odrl.Offer(permissions).Json()).Document);
}
