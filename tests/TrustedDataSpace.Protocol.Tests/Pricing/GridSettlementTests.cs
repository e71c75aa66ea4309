using System.Text;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>One month of load curves of 50 points, 96 values a day: 31 days of history for training, then 30 daily inference calls.</summary>
public sealed class GridSettlementTests
{
    private const int MinutesOfDay = 1440;
    private const long Day = 50 * 96;

    private static readonly UsageRecord[] Month =
    [
        .. Enumerable.Range(0, 31).Select(day => Records.At(day, Records.Rows(Day, "training"))),
        .. Enumerable.Range(1, 30).Select(day => Records.At(day * MinutesOfDay, Records.Rows(Day, "inference"))),
    ];

    // The eleventh day was sent once more.
    private static readonly UsageRecord Retransmitted = Records.At((11 * MinutesOfDay) + 5, Records.Rows(Day, "inference", UsageOutcomes.Retry));

    private static readonly PricePlan Plan = Plans.Read(Plans.Grid);

    [Fact]
    public void Month_costs_what_both_parties_can_work_out_by_hand()
    {
        var statement = Plan.Rate(Month);

        Assert.Equal(
            [("train", 148_800L, 89.28m, 31L), ("infer", 144_000, 144.00m, 30)],
            statement.Lines.Select(l => (l.Component, l.Quantity, l.Amount, l.Records)));
        Assert.Equal((233.28m, 233.28m, "CNY"), (statement.Subtotal, statement.Total, statement.Currency));
    }

    [Fact]
    public void Retransmitted_day_is_shown_and_costs_nothing()
    {
        var statement = Plan.Rate([.. Month, Retransmitted]);

        var line = Assert.Single(statement.Lines, l => l.Kind == StatementLineKinds.NotBilled);
        Assert.Equal(("infer", UsageOutcomes.Retry, Day, 0m, 1L), (line.Phase, line.Outcome, line.Quantity, line.Amount, line.Records));
        Assert.Equal(233.28m, statement.Total);
    }

    [Fact]
    public void Statement_has_this_text()
    {
        var statement = Plan.Rate([.. Month, Retransmitted]);
        Assert.Equal(
            """{"agreementId":"urn:uuid:a","consumerId":"did:web:vpp.example","currency":"CNY","from":"2026-05-01T00:00:00Z","lines":["""
            + """{"amount":"89.28","component":"train","kind":"use","meter":"rows","phase":"train","price":"0.60","quantity":148800,"records":31,"unitSize":1000},"""
            + """{"amount":"144.00","component":"infer","kind":"use","meter":"rows","phase":"infer","price":"1.00","quantity":144000,"records":30,"unitSize":1000},"""
            + """{"amount":"0.00","kind":"notBilled","meter":"rows","outcome":"retry","phase":"infer","quantity":4800,"records":1}"""
            + $$"""],"planHash":"{{Plan.Hash}}","planId":"grid-load-curve","planVersion":1,"providerId":"did:web:grid.example","subtotal":"233.28","to":"2026-06-01T00:00:00Z","total":"233.28"}""",
            Encoding.UTF8.GetString(statement.Bytes()));
        Assert.Equal(statement.Bytes(), ProtocolJson.Read<Statement>(statement.Bytes()).Bytes());
    }

    [Fact]
    public void Rating_again_gives_the_same_bytes_in_any_order_from_either_side_with_repeats()
    {
        UsageRecord[] records = [.. Month, Retransmitted];
        var expected = Plan.Rate(records).Bytes();

        Assert.Equal(expected, Plan.Rate(records).Bytes());
        Assert.Equal(expected, Plan.Rate([.. records.Reverse()]).Bytes());
        Assert.Equal(expected, Plan.Rate([.. records.OrderBy(r => CanonicalJson.Hash(ProtocolJson.ToElement(r)), StringComparer.Ordinal)]).Bytes());
        Assert.Equal(expected, Plan.Rate([.. records, .. records]).Bytes());
        Assert.Equal(expected, Plan.Rate([.. records.Select(r => r.OfConsumer())]).Bytes());
        Assert.Equal(expected, Plan.Rate([.. records, .. records.Select(r => r.OfConsumer())]).Bytes());
    }

    [Fact]
    public void Month_below_the_minimum_fee_costs_the_minimum_fee()
    {
        var statement = Plan.Rate(Records.At(0, Records.Rows(148_800, "training")));

        Assert.Equal((89.28m, 200m), (statement.Subtotal, statement.Total));
        Assert.Equal((StatementLineKinds.MinimumFee, 110.72m), (statement.Lines[^1].Kind, statement.Lines[^1].Amount));
    }

    [Fact]
    public void Month_without_use_costs_the_minimum_fee()
    {
        var statement = Plan.Rate();

        Assert.Equal((0m, 200m), (statement.Subtotal, statement.Total));
        Assert.Equal(StatementLineKinds.MinimumFee, Assert.Single(statement.Lines).Kind);
    }

    [Fact]
    public void Month_at_the_minimum_fee_has_no_line_for_it() =>
        Assert.Equal(200m, Assert.Single(Plan.Rate(Records.At(0, Records.Rows(200_000))).Lines).Amount);
}
