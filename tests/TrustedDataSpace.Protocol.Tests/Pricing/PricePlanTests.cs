using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

public sealed class PricePlanTests
{
    private const string RowMeter = """{"unit":"row","format":"text/csv","valuesPerRecord":96}""";

    [Fact]
    public void Plan_is_read_from_the_contract()
    {
        var plan = PricePlan.From(Policy($$"""{"@type":"Offer","tds:meter":{{RowMeter}},"tds:pricePlan":{{Plans.Grid}}}"""))!;

        Assert.Equal(("grid-load-curve", 1, "CNY", 200m), (plan.Id, plan.Version, plan.Currency, plan.MinimumFee));
        Assert.Equal(
            [("train", "rows", 1000L, 0.60m, "train"), ("infer", "rows", 1000, 1.00m, "infer")],
            plan.Components.Select(c => (c.Id, c.Meter, c.UnitSize, c.Tiers[0].Price, c.Phase)));
        Assert.Equal(new RoundingRule { Per = "line", Mode = "halfUp", Scale = 2 }, plan.Rounding);
        Assert.Null(PricePlan.From(Policy("""{"@type":"Offer"}""")));
    }

    [Fact]
    public void Plan_under_its_full_name_is_found_too()
    {
        const string Full = DspConstants.ExtensionNamespace + "pricePlan";
        Assert.NotNull(PricePlan.From(Policy($$"""{"tds:meter":{{RowMeter}},"{{Full}}":{{Plans.Grid}}}""")));
        Assert.Throws<RefusalException>(() => PricePlan.From(Policy($$"""{"tds:meter":{{RowMeter}},"{{Full}}":{{Plans.Grid}},"tds:pricePlan":{{Plans.Grid}}}""")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"tds:meter\":{\"unit\":\"request\"},")]
    public void Price_on_rows_that_the_contract_does_not_count_is_refused(string meter)
    {
        var refusal = Assert.Throws<RefusalException>(() => PricePlan.From(Policy($$"""{{{meter}}"tds:pricePlan":{{Plans.Grid}}}""")));
        Assert.Equal((RefusalCode.Unsupported, "components"), (refusal.Code, Assert.Single(refusal.Reasons).Term));
    }

    [Fact]
    public void Hash_pins_every_word_and_no_white_space()
    {
        var hash = Plans.Read(Plans.Grid).Hash;
        Assert.Equal(CanonicalJson.Hash(ProtocolJson.ToElement(JsonNode.Parse(Plans.Grid))), hash);
        Assert.NotEqual(hash, Plans.Read(Plans.Grid.Replace("0.60", "0.61", StringComparison.Ordinal)).Hash);
    }

    [Fact]
    public void Hash_of_a_contract_pins_its_plan()
    {
        var cheaper = Plans.Grid.Replace("0.60", "0.06", StringComparison.Ordinal);
        Assert.NotEqual(Policy($$"""{"tds:pricePlan":{{Plans.Grid}}}""").Hash, Policy($$"""{"tds:pricePlan":{{cheaper}}}""").Hash);
    }

    [Theory]
    [InlineData("rows", "ok,cut")]
    [InlineData("bytes", "ok,cut")]
    [InlineData("requests", "ok")]
    public void Cut_is_billed_by_default_for_what_was_delivered(string meter, string outcomes) =>
        Assert.Equal(outcomes.Split(','), Assert.Single(Plans.One("1", meter: meter).Read().Components).Outcomes);

    [Theory]
    [InlineData("id", "\"\"", "id")]
    [InlineData("id", "null", "id")]
    [InlineData("version", "0", "version")]
    [InlineData("version", "1.5", "version")]
    [InlineData("version", "\"1\"", "version")]
    [InlineData("currency", "\"RMB\"", "currency")]
    [InlineData("currency", "\"cny\"", "currency")]
    [InlineData("currency", "\"XAU\"", "currency")]
    [InlineData("effectiveFrom", "\"2026-05-01\"", "effectiveFrom")]
    [InlineData("effectiveFrom", "\"2026-05-01T00:00:30Z\"", "effectiveFrom")]
    [InlineData("effectiveTo", "7", "effectiveTo")]
    [InlineData("minimumFee", "200", "minimumFee")]
    [InlineData("minimumFee", "\"-1\"", "minimumFee")]
    [InlineData("minimumFee", "\"0.001\"", "minimumFee")]
    [InlineData("freePurposes", "\"public\"", "freePurposes")]
    [InlineData("freePurposes", "[\"public\",\"public\"]", "freePurposes")]
    [InlineData("freePurposes", "[null]", "freePurposes")]
    [InlineData("components", "[]", "components")]
    [InlineData("components", "{}", "components")]
    [InlineData("components", "[7]", "components[0]")]
    [InlineData("rounding", "null", "rounding")]
    [InlineData("rounding", "\"halfUp\"", "rounding")]
    [InlineData("rounding", """{"per":"day","mode":"halfUp","scale":2}""", "rounding.per")]
    [InlineData("rounding", """{"per":"line","mode":"down","scale":2}""", "rounding.mode")]
    [InlineData("rounding", """{"per":"line","mode":"halfUp","scale":7}""", "rounding.scale")]
    [InlineData("rounding", """{"per":"line","mode":"halfUp","scale":-1}""", "rounding.scale")]
    [InlineData("rounding", """{"per":"line","mode":"halfUp"}""", "rounding.scale")]
    [InlineData("splits", "[]", "splits")]
    [InlineData("tax", "\"0.06\"", "tax")]
    [InlineData("tax", """{"name":"VAT","rate":"1.01"}""", "tax.rate")]
    [InlineData("subscription", "\"0.001\"", "subscription")]
    [InlineData("splits", """{"shares":[{"party":"a","rate":"0.9"}],"residueTo":"a"}""", "splits.shares")]
    [InlineData("splits", """{"shares":[{"party":"a","rate":"0.6"},{"party":"b","rate":"0.6"}],"residueTo":"a"}""", "splits.shares")]
    [InlineData("splits", """{"shares":[{"party":"a","rate":"0.5"},{"party":"a","rate":"0.5"}],"residueTo":"a"}""", "splits.shares")]
    [InlineData("splits", """{"shares":[{"party":"a","rate":"1"}],"residueTo":"b"}""", "splits.residueTo")]
    [InlineData("splits", """{"shares":[{"party":"a","rate":"1","basis":"rows"}],"residueTo":"a"}""", "splits.shares[0].basis")]
    [InlineData("prepaid", "1", "prepaid")]
    [InlineData("prepaid", "\"true\"", "prepaid")]
    [InlineData("discount", "true", "discount")]
    public void Part_of_a_plan_that_cannot_be_rated_is_refused(string name, string value, string place) =>
        AssertRefused(Plans.One("1").With(name, JsonNode.Parse(value)), place);

    [Theory]
    [InlineData("id", "null", "id")]
    [InlineData("meter", "\"tokens\"", "meter")]
    [InlineData("meter", "\"Rows\"", "meter")]
    [InlineData("unitSize", "0", "unitSize")]
    [InlineData("unitSize", "-1000", "unitSize")]
    [InlineData("unitSize", "\"1000\"", "unitSize")]
    [InlineData("unitSize", "1000000000001", "unitSize")]
    [InlineData("price", "0.6", "price")]
    [InlineData("price", "\"-0.60\"", "price")]
    [InlineData("price", "\"1,000\"", "price")]
    [InlineData("price", "\"1e3\"", "price")]
    [InlineData("price", "\" 1\"", "price")]
    [InlineData("price", "\"+1\"", "price")]
    [InlineData("price", "\".6\"", "price")]
    [InlineData("price", "\"06\"", "price")]
    [InlineData("price", "\"1000000000000\"", "price")]
    [InlineData("price", "\"0.0000000000001\"", "price")]
    [InlineData("price", "\"0.12345678901234567890123456789\"", "price")]
    [InlineData("phase", "\"training\"", "phase")]
    [InlineData("outcomes", "[]", "outcomes")]
    [InlineData("outcomes", "[\"ok\",\"denied\"]", "outcomes")]
    [InlineData("outcomes", "[\"retry\"]", "outcomes")]
    [InlineData("outcomes", "[\"error\"]", "outcomes")]
    [InlineData("freeQuota", "-1", "freeQuota")]
    [InlineData("freeQuota", "1.5", "freeQuota")]
    [InlineData("parts", "\"half\"", "parts")]
    [InlineData("cap", "\"0.001\"", "cap")]
    [InlineData("tierMode", "\"volume\"", "tierMode")]
    [InlineData("package", "100", "package")]
    public void Component_that_cannot_be_rated_is_refused(string name, string value, string place) =>
        AssertRefused(Plans.One("1").WithFirst(name, JsonNode.Parse(value)), "components[0]." + place);

    [Theory]
    [InlineData("[]")]
    [InlineData("\"plan-7\"")]
    [InlineData("null")]
    public void Plan_that_is_no_object_is_refused(string plan) =>
        Assert.Equal("tds:pricePlan", Assert.Single(Assert.Throws<RefusalException>(() => Plans.Read(plan)).Reasons).Term);

    [Fact]
    public void Plan_that_ends_before_it_begins_is_refused() =>
        AssertRefused(Plans.One("1").With("effectiveFrom", "2026-06-01T00:00:00Z").With("effectiveTo", "2026-06-01T00:00:00Z"), "effectiveTo");

    [Fact]
    public void Two_components_of_one_name_are_refused() =>
        AssertRefused(Plans.One("1").Plus(Plans.Component("c0", "1", meter: "bytes")), "components[1].id");

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "train", true)]
    [InlineData("train", null, true)]
    [InlineData("train", "train", true)]
    [InlineData("train", "infer", false)]
    public void Use_has_one_price_per_meter(string? one, string? other, bool refused)
    {
        var plan = Plans.One("1").WithFirst("phase", one).Plus(Plans.Component("c1", "2", phase: other));
        if (refused)
        {
            AssertRefused(plan, "components[1]");
        }
        else
        {
            Assert.Equal(2, plan.Read().Components.Count);
        }
    }

    [Fact]
    public void Components_of_other_meters_or_outcomes_stand_side_by_side()
    {
        var plan = Plans.One("1").WithFirst("outcomes", new JsonArray("ok"))
            .Plus(Plans.Component("c1", "1", meter: "requests"))
            .Plus(Plans.Component("c2", "1").With("outcomes", new JsonArray("cut")));
        Assert.Equal(3, plan.Read().Components.Count);
    }

    [Fact]
    public void All_problems_are_told_at_once_with_their_places()
    {
        var plan = Plans.One("-1").With("currency", "RMB").With("tax", "0.06").WithFirst("meter", "tokens")
            .Plus(Plans.Component("c1", "1", 0))
            .Plus(Plans.Component("c2", "1", meter: "bytes"))
            .Plus(Plans.Component("c3", "1", meter: "bytes"))
            .With("rounding", new JsonObject { ["per"] = "line", ["mode"] = "halfUp", ["scale"] = 9 });

        var refusal = Assert.Throws<RefusalException>(() => plan.Read());

        Assert.Equal(
            ["components[0].meter", "components[0].price", "components[1].unitSize", "components[3]", "currency", "rounding.scale", "tax"],
            refusal.Reasons.Select(r => r.Term).Order(StringComparer.Ordinal));
        Assert.All(refusal.Reasons, r => Assert.NotEmpty(r.Remedy!));
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Fact]
    public void Plan_of_the_right_form_that_asks_for_more_is_unsupported() =>
        Assert.Equal(RefusalCode.Unsupported, Assert.Throws<RefusalException>(() => Plans.One("1").With("discount", "100").Read()).Code);

    private static void AssertRefused(JsonObject plan, string place) =>
        Assert.Equal(place, Assert.Single(Assert.Throws<RefusalException>(() => plan.Read()).Reasons).Term);

    private static PolicyDocument Policy(string json) => PolicyDocument.Parse(json);
}
