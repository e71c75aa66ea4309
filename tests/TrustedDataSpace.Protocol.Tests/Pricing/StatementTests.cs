using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

public sealed class StatementTests
{
    private static readonly PricePlan Plan = Plans.One("1").Read();

    public static TheoryData<string> Refusals() => [.. Refused.Keys];

    private static readonly Dictionary<string, (Func<UsageRecord, UsageRecord> Alter, RefusalCode Code)> Refused = new()
    {
        ["another agreement"] = (r => r with { AgreementId = "urn:uuid:b" }, RefusalCode.Conflict),
        ["another provider"] = (r => r with { ProviderId = "did:web:x.example" }, RefusalCode.Conflict),
        ["another consumer"] = (r => r with { ConsumerId = "did:web:x.example" }, RefusalCode.Conflict),
        ["a third party's count"] = (r => r with { Source = "did:web:x.example" }, RefusalCode.Conflict),
        ["before the period"] = (_ => Records.At(-1, Records.Rows(1)), RefusalCode.Conflict),
        ["after the period"] = (_ => Records.At(31 * 1440, Records.Rows(1)), RefusalCode.Conflict),
        ["time of another interval"] = (r => r with { Interval = r.Interval + 1 }, RefusalCode.Malformed),
        ["no interval there is"] = (r => r with { Interval = long.MaxValue }, RefusalCode.Malformed),
        ["two intervals long"] = (r => r with { To = r.To.AddMinutes(1) }, RefusalCode.Malformed),
        ["begins late"] = (r => r with { From = r.From.AddSeconds(1), To = r.To.AddSeconds(1) }, RefusalCode.Malformed),
        ["negative count"] = (r => r with { Counts = [Records.Rows(-5)] }, RefusalCode.Malformed),
        ["unknown outcome"] = (r => r with { Counts = [Records.Rows(5, outcome: "half")] }, RefusalCode.Unsupported),
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Record_that_does_not_belong_on_the_statement_is_refused(string what)
    {
        var (alter, code) = Refused[what];
        var refusal = Assert.Throws<RefusalException>(() => Plan.Rate(Records.At(1, Records.Rows(1)), alter(Records.At(0, Records.Rows(1)))));
        Assert.Equal((code, "records"), (refusal.Code, refusal.Term));
    }

    [Fact]
    public void Records_that_contradict_each_other_are_a_dispute_and_none_is_chosen()
    {
        var record = Records.At(0, Records.Rows(100));
        var more = record with { Counts = [Records.Rows(101)] };

        Assert.Equal(RefusalCode.Conflict, Assert.Throws<RefusalException>(() => Plan.Rate(record, more)).Code);
        Assert.Equal(RefusalCode.Conflict, Assert.Throws<RefusalException>(() => Plan.Rate(record, more.OfConsumer())).Code);
        Assert.Throws<RefusalException>(() => Plan.Rate(more.OfConsumer(), record));
    }

    [Fact]
    public void One_identifier_names_one_record()
    {
        var record = Records.At(0, Records.Rows(100));
        var other = Records.At(1, Records.Rows(100)) with { Id = record.Id };
        Assert.Equal(RefusalCode.Conflict, Assert.Throws<RefusalException>(() => Plan.Rate(record, other)).Code);
    }

    [Fact]
    public void Same_interval_of_two_flows_is_two_uses()
    {
        var record = Records.At(0, Records.Rows(100));
        Assert.Equal(200m, Plan.Rate(record, record with { Id = "g", Flow = "urn:uuid:g" }).Total);
    }

    [Fact]
    public void Lines_add_up_to_the_total_and_every_recorded_unit_stands_on_one_line()
    {
        string[] purposes = ["training", "inference", "credit", "public"];
        string[] outcomes = [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Denied, UsageOutcomes.Cut, UsageOutcomes.Retry];
        var counts = purposes.SelectMany(p => outcomes.Select(o => Records.Rows(p.Length * 7 * o.Length, p, o))).ToArray();
        UsageRecord[] records = [Records.At(0, counts), Records.At(1, counts[..9]), Records.At(2, counts[5..])];
        foreach (var per in new[] { "line", "invoice" })
        {
            var plan = Plans.One("0.333", 7, per: per).WithFirst("phase", "train").WithFirst("freeQuota", 100)
                .Plus(Plans.Component("c1", "0.777", 3, phase: "infer"))
                .Plus(Plans.Component("c2", "0.015", meter: "requests"))
                .With("freePurposes", new JsonArray("public")).With("minimumFee", "500").Read();

            var statement = plan.Rate(records);

            Assert.Equal(statement.Total, statement.Lines.Sum(l => l.Amount));
            Assert.Equal(500m, statement.Total);
            Assert.Equal(records.SelectMany(r => r.Counts).Sum(c => c.Rows), statement.Lines.Where(l => l.Meter == "rows").Sum(l => l.Quantity));
            Assert.Equal(records.SelectMany(r => r.Counts).Sum(c => c.Requests), statement.Lines.Where(l => l.Meter == "requests").Sum(l => l.Quantity));
            Assert.All(statement.Lines, l => Assert.True(l.Amount == 0 || l.Kind is "use" or "rounding" or "minimumFee"));
        }
    }

    [Theory]
    [InlineData(UsageOutcomes.Denied)]
    [InlineData(UsageOutcomes.Retry)]
    [InlineData(UsageOutcomes.Miss)]
    [InlineData(UsageOutcomes.Error)]
    public void Use_that_is_not_billed_is_shown_at_nothing(string outcome)
    {
        var line = Assert.Single(Plan.Rate(Records.At(0, Records.Rows(8, outcome: outcome))).Lines);
        Assert.Equal((StatementLineKinds.NotBilled, outcome, 8L, 0m, 1L), (line.Kind, line.Outcome, line.Quantity, line.Amount, line.Records));
    }

    [Fact]
    public void Cut_bills_what_was_delivered_and_no_half_request()
    {
        var plan = Plans.One("1").Plus(Plans.Component("c1", "1", meter: "requests")).Read();
        Assert.Equal(8m, plan.Rate(Records.At(0, Records.Rows(8, outcome: UsageOutcomes.Cut))).Total);
    }

    [Fact]
    public void Phase_without_a_price_is_shown_at_nothing()
    {
        var plan = Plans.One("1").WithFirst("phase", "train").Read();
        var line = Assert.Single(plan.Rate(Records.At(0, Records.Rows(8, "credit:first-loan"))).Lines);
        Assert.Equal((StatementLineKinds.NotBilled, "other", 8L), (line.Kind, line.Phase, line.Quantity));
    }

    [Fact]
    public void Free_purpose_is_shown_at_nothing_and_uses_up_no_quota()
    {
        var plan = Plans.One("1").WithFirst("freeQuota", 10).With("freePurposes", new JsonArray("public")).Read();
        var statement = plan.Rate(Records.At(0, Records.Rows(10, "public"), Records.Rows(10, "public:x"), Records.Rows(5)));
        Assert.Equal(
            [("use", 5L, 5m), ("freeQuota", 10, 0), ("freePurpose", 10, 0)],
            statement.Lines.Select(l => (l.Kind, l.Quantity, l.Amount)));
    }

    // The city's month: 1.20 a hit, misses and repeats free, 100 hits free.
    [Fact]
    public void Free_quota_comes_off_once_in_the_period()
    {
        var plan = Plans.One("1.20", meter: "requests").WithFirst("freeQuota", 100).Read();
        UsageCounts Requests(long n, string outcome) => Records.Rows(0, "credit:first-loan", outcome) with { Requests = n };

        var statement = plan.Rate(
            Records.At(0, Requests(60, "ok"), Requests(61, "denied")),
            Records.At(9, Requests(3_232, "ok"), Requests(117, "miss"), Requests(12, "retry")));

        Assert.Equal(
            [("use", 3_192L), ("freeQuota", 100), ("notBilled", 61), ("notBilled", 117), ("notBilled", 12)],
            statement.Lines.Select(l => (l.Kind, l.Quantity)));
        Assert.Equal(3830.40m, statement.Total);
    }

    [Fact]
    public void Use_within_the_free_quota_costs_nothing()
    {
        var plan = Plans.One("1").WithFirst("freeQuota", 100).Read();
        Assert.Equal(0m, plan.Rate(Records.At(0, Records.Rows(100))).Total);
    }

    [Theory]
    [InlineData("2026-05-01T00:01:00Z", null)]
    [InlineData(null, "2026-05-01T00:00:00Z")]
    public void Use_outside_the_time_of_the_plan_is_refused(string? from, string? to)
    {
        var plan = Plans.One("1").With("effectiveFrom", from).With("effectiveTo", to).Read();
        Assert.Throws<RefusalException>(() => plan.Rate(Records.At(0, Records.Rows(1))));
    }

    [Fact]
    public void Use_at_the_borders_of_the_plan_is_rated()
    {
        var plan = Plans.One("1").With("effectiveFrom", "2026-05-01T08:00:00+08:00").With("effectiveTo", "2026-05-01T00:01:00Z").Read();
        Assert.Equal(1m, plan.Rate(Records.At(0, Records.Rows(1))).Total);
    }

    [Fact]
    public void Plan_that_was_not_agreed_is_refused() => Assert.Equal(
        RefusalCode.Conflict,
        Assert.Throws<RefusalException>(() => Rating.Statement(Plan, Plans.One("2").Read().Hash, Records.Parties, [], Records.From, Records.To)).Code);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.5)]
    public void Period_is_full_minutes(double minutes) => Assert.Throws<RefusalException>(
        () => Rating.Statement(Plan, Plan.Hash, Records.Parties, [], Records.From, Records.From.AddMinutes(minutes)));

    [Fact]
    public void Period_in_another_time_zone_gives_the_same_bytes()
    {
        var east = Rating.Statement(Plan, Plan.Hash, Records.Parties, [], Records.From.ToOffset(TimeSpan.FromHours(8)), Records.To);
        Assert.Equal(Plan.Rate().Bytes(), east.Bytes());
    }

    [Theory]
    [InlineData(1L << 53, 0)]
    [InlineData(long.MaxValue, 1)]
    [InlineData((1L << 53) - 1, 1)]
    public void Quantity_that_JSON_cannot_hold_is_refused(long rows, long more) => Assert.Equal(
        RefusalCode.TooLarge,
        Assert.Throws<RefusalException>(() => Plan.Rate(Big(0, rows), Big(1, more))).Code);

    [Fact]
    public void Amount_with_more_digits_than_a_double_is_exact()
    {
        var plan = Plans.One("99999999.999999").Read();
        Assert.Equal("900719925474090092800745.26", plan.Rate(Big(0, Rating.MaxQuantity)).Total.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("99999999.999999", 3)]
    [InlineData("999999999999.999999", 6)]
    public void Amount_that_could_not_be_added_up_exactly_is_refused(string price, int scale)
    {
        var plan = Plans.One(price, scale: scale).Read();
        Assert.Equal(RefusalCode.TooLarge, Assert.Throws<RefusalException>(() => plan.Rate(Big(0, Rating.MaxQuantity))).Code);
    }

    [Fact]
    public void Parties_come_from_the_agreement()
    {
        var agreement = PolicyDocument.Parse("""{"@type":"Agreement","@id":"urn:uuid:a","assigner":"did:web:grid.example","assignee":"did:web:vpp.example"}""");
        Assert.Equal(Records.Parties, AgreementParties.Of(agreement));
        Assert.Throws<RefusalException>(() => AgreementParties.Of(PolicyDocument.Parse("""{"@type":"Offer","@id":"urn:uuid:a"}""")));
    }

    private static UsageRecord Big(int minute, long rows) => Records.At(minute, Records.Rows(0) with { Rows = rows });
}
