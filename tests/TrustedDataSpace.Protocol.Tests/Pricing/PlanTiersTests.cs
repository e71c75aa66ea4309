using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

public sealed class PlanTiersTests
{
    private const string Three = """[{"upTo":100,"price":"1"},{"upTo":300,"price":"0.5"},{"price":"0.1"}]""";

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(100, "100.00")]
    [InlineData(101, "100.50")]
    [InlineData(300, "200.00")]
    [InlineData(1300, "300.00")]
    public void Graduated_tiers_price_each_part_by_its_tier(long rows, string total) => AssertTotal(Tiered("graduated", Three), rows, total);

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(100, "100.00")]
    [InlineData(101, "50.50")]
    [InlineData(300, "150.00")]
    [InlineData(301, "30.10")]
    public void Volume_tiers_price_all_by_the_tier_of_the_last_unit(long rows, string total) => AssertTotal(Tiered("volume", Three), rows, total);

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(1, "9.00")]
    [InlineData(1000, "9.00")]
    [InlineData(1001, "18.00")]
    public void Package_that_was_begun_costs_the_whole_price(long rows, string total) =>
        AssertTotal(Plans.One("9", 1000).WithFirst("parts", "whole"), rows, total);

    [Fact]
    public void Free_quota_comes_off_before_the_tiers() => AssertTotal(Tiered("graduated", Three).WithFirst("freeQuota", 50), 151, "100.50");

    [Theory]
    [InlineData("line")]
    [InlineData("invoice")]
    public void Cap_is_the_most_a_component_costs_and_a_line_shows_what_it_takes_off(string per)
    {
        var plan = Plans.One("1", per: per).WithFirst("cap", "80").Read();

        Assert.Equal(80m, Assert.Single(plan.Rate(Records.At(0, Records.Rows(80))).Lines).Amount);
        var statement = plan.Rate(Records.At(0, Records.Rows(200)));
        Assert.Equal([("use", 200m), ("cap", -120m)], statement.Lines.Select(l => (l.Kind, l.Amount)));
        Assert.Equal(80m, statement.Total);
    }

    [Fact]
    public void Subscription_costs_the_same_used_or_not_and_counts_toward_the_minimum_fee()
    {
        var plan = Plans.One("1").With("subscription", "50").With("minimumFee", "60").Read();

        Assert.Equal([("subscription", 50m), ("minimumFee", 10m)], plan.Rate().Lines.Select(l => (l.Kind, l.Amount)));
        Assert.Equal(70m, plan.Rate(Records.At(0, Records.Rows(20))).Total);
    }

    [Fact]
    public void Tax_comes_on_top_of_all_and_is_nobodys_share()
    {
        var statement = Plans.One("1").With("tax", JsonNode.Parse("""{"name":"VAT","rate":"0.06"}"""))
            .With("splits", JsonNode.Parse("""{"shares":[{"party":"a","rate":"1"}],"residueTo":"a"}""")).Read()
            .Rate(Records.At(0, Records.Rows(125)));

        Assert.Equal((125m, 132.50m), (statement.Subtotal, statement.Total));
        Assert.Equal(("tax", "VAT", 7.50m), (statement.Lines[^1].Kind, statement.Lines[^1].Component, statement.Lines[^1].Amount));
        Assert.Equal(125m, Assert.Single(statement.Splits!).Amount);
    }

    [Fact]
    public void Residue_goes_to_the_party_that_is_named_and_no_share_is_negative()
    {
        var plan = Plans.One("0.01").With("splits", JsonNode.Parse("""
            {"shares":[{"party":"a","rate":"0.25"},{"party":"b","rate":"0.25"},{"party":"c","rate":"0.25"},{"party":"d","rate":"0.25"}],"residueTo":"d"}
            """)).Read();

        Assert.Equal([0.01m, 0.01m, 0.00m, 0.00m], plan.Rate(Records.At(0, Records.Rows(2))).Splits!.Select(s => s.Amount));
        Assert.Equal([0.03m, 0.03m, 0.03m, 0.01m], plan.Rate(Records.At(0, Records.Rows(10))).Splits!.Select(s => s.Amount));
    }

    [Theory]
    [InlineData("""[{"upTo":100,"price":"1"}]""", "[0].upTo")]
    [InlineData("""[{"price":"1"},{"price":"2"}]""", "[0].upTo")]
    [InlineData("""[{"upTo":100,"price":"1"},{"upTo":100,"price":"2"},{"price":"3"}]""", "[1].upTo")]
    [InlineData("""[{"upTo":100,"price":"1"},{"upTo":50,"price":"2"},{"price":"3"}]""", "[1].upTo")]
    [InlineData("""[{"upTo":100,"price":"-1"},{"price":"3"}]""", "[0].price")]
    [InlineData("""[{"upTo":0,"price":"1"},{"price":"3"}]""", "[0].upTo")]
    [InlineData("""[{"from":0,"price":"1"}]""", "[0].from")]
    [InlineData("[]", "")]
    public void Gap_overlap_or_negative_price_in_tiers_is_refused_with_its_place(string tiers, string place)
    {
        var refusal = Assert.Throws<RefusalException>(() => Tiered("graduated", tiers).Read());
        Assert.Equal("components[0].tiers" + place, Assert.Single(refusal.Reasons).Term);
    }

    [Fact]
    public void Tier_that_ends_within_a_package_is_refused() =>
        Assert.Equal("components[0].tiers[0].upTo", Assert.Single(Assert.Throws<RefusalException>(
            () => Tiered("graduated", """[{"upTo":150,"price":"1"},{"price":"2"}]""").WithFirst("parts", "whole").WithFirst("unitSize", 100).Read()).Reasons).Term);

    [Fact]
    public void Price_beside_tiers_is_refused() =>
        Assert.Equal("components[0].price", Assert.Single(Assert.Throws<RefusalException>(() => Tiered("volume", Three).WithFirst("price", "1").Read()).Reasons).Term);

    private static JsonObject Tiered(string mode, string tiers) =>
        Plans.One("1").WithFirst("price", null).WithFirst("tierMode", mode).WithFirst("tiers", JsonNode.Parse(tiers));

    private static void AssertTotal(JsonObject plan, long rows, string total)
    {
        var statement = plan.Read().Rate(Records.At(0, Records.Rows(rows)));
        Assert.Equal(total, statement.Total.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(rows, statement.Lines.Sum(l => l.Quantity));
    }
}
