using TrustedDataSpace.Authority.Clearing;
using TrustedDataSpace.Authority.Tests.Receipts;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Clearing;

public sealed class ClearingPeriodTests
{
    [Theory]
    [InlineData(ClearingOptions.Day, "+08:00", "2026-05-12T16:14:59Z", "2026-05-10T16:00:00Z", "2026-05-11T16:00:00Z")]
    [InlineData(ClearingOptions.Day, "+08:00", "2026-05-12T16:15:00Z", "2026-05-11T16:00:00Z", "2026-05-12T16:00:00Z")]
    [InlineData(ClearingOptions.Day, "-03:30", "2026-05-12T03:45:00Z", "2026-05-11T03:30:00Z", "2026-05-12T03:30:00Z")]
    [InlineData(ClearingOptions.Month, "+00:00", "2026-03-01T00:15:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")]
    [InlineData(ClearingOptions.Month, "+08:00", "2026-12-31T16:14:00Z", "2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z")]
    public void Last_period_is_over_by_the_hold_and_begins_where_the_offset_says(string every, string offset, string now, string from, string to)
    {
        var options = new ClearingOptions { Every = every, Offset = offset };
        var last = ClearingPeriod.Last(options, Time(now))!.Value;
        Assert.Equal((Time(from), Time(to)), last);
        Assert.True(ClearingPeriod.Next(options, last) > Time(now));
        Assert.Equal(last.To, ClearingPeriod.Last(options, ClearingPeriod.Next(options, last))!.Value.From);
    }

    [Fact]
    public void Nothing_is_settled_by_itself_unless_told() => Assert.Null(ClearingPeriod.Last(new ClearingOptions(), DateTimeOffset.UnixEpoch.AddYears(60)));

    [Theory]
    [InlineData("week", "+00:00", 15, null)]
    [InlineData("day", "8", 15, null)]
    [InlineData("day", "+15:00", 15, null)]
    [InlineData("day", "+00:00", 1, null)]
    [InlineData("day", "+00:00", 15, "secret")]
    [InlineData("day", "+00:00", 15, "whsec_c2hvcnQ=")]
    public void Setting_that_cannot_be_kept_stops_the_start(string every, string offset, int minutes, string? secret) =>
        Assert.NotEmpty(new ClearingOptions { Every = every, Offset = offset, Hold = TimeSpan.FromMinutes(minutes), PaymentSecret = secret }.Problems());

    [Theory]
    [InlineData(ClearingOptions.Day, "2026-05-12T00:00:00Z", 1)]
    [InlineData(ClearingOptions.Day, "2026-05-09T00:00:00Z", 4)]
    [InlineData(ClearingOptions.Day, "2026-05-09T12:00:00Z", 4)]
    [InlineData(ClearingOptions.Day, null, 31)]
    [InlineData(ClearingOptions.Day, "2024-01-01T00:00:00Z", 31)]
    [InlineData(ClearingOptions.Month, "2026-03-01T00:00:00Z", 3)]
    public void Periods_since_the_last_settled_one_are_made_up_for_without_a_gap(string every, string? settled, int periods)
    {
        var options = new ClearingOptions { Every = every };
        var last = ClearingPeriod.Last(options, Time("2026-05-12T01:00:00Z"))!.Value;
        var due = ClearingPeriod.Due(options, last, settled is null ? null : Time(settled));
        Assert.Equal((periods, last), (due.Count, due[^1]));
        Assert.All(due.Zip(due.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(73)]
    public async Task Each_day_with_use_is_settled_by_itself(int hoursLater)
    {
        var clock = new ManualClock();
        await using var authority = await AuthorityUnderTest.StartAsync(clock: clock, change: settings => settings with { Clearing = new() { Every = ClearingOptions.Day } });
        var parties = await ReceiptParties.FileAsync(
            authority,
            ""","tds:pricePlan":{"id":"plan","version":1,"currency":"CNY","components":[{"id":"calls","meter":"requests","unitSize":1,"price":"2"}],"rounding":{"per":"line","mode":"halfUp","scale":2}}""");
        await parties.SubmitAsync(parties.Signed(3, 3));
        clock.Advance(TimeSpan.FromHours(hoursLater));

        authority.LookAtPeriods();
        IReadOnlyList<SettlementView> settled = [];
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (settled.Count == 0)
        {
            var changed = 0;
            await authority.Database.WaitUntilAsync(() => changed++ > 0, TimeSpan.FromMilliseconds(200), deadline.Token);
            settled = (await authority.OkAsync<Page<SettlementView>>(HttpMethod.Get, AuthorityRoutes.SettlementsPage(parties.Agreement, 10), AuthorityUnderTest.Operator)).Items;
        }

        Assert.Equal((6m, TimeSpan.FromDays(1)), (settled.Single().Settlement.Due, settled.Single().Settlement.Statement.To - settled.Single().Settlement.Statement.From));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
