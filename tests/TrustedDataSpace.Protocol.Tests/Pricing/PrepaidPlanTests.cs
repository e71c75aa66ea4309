using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

public sealed class PrepaidPlanTests
{
    [Theory]
    [InlineData("subscription", "\"1.00\"", "subscription")]
    [InlineData("minimumFee", "\"1.00\"", "minimumFee")]
    [InlineData("effectiveFrom", "\"2026-05-01T00:00:00Z\"", "effectiveFrom")]
    [InlineData("effectiveTo", "\"2026-05-01T00:00:00Z\"", "effectiveTo")]
    public void Plan_whose_price_depends_on_other_use_or_on_time_cannot_be_prepaid(string name, string value, string place)
    {
        Plan().With("prepaid", false).With(name, JsonNode.Parse(value)).Read();
        AssertRefused(Plan().With(name, JsonNode.Parse(value)), place);
    }

    [Theory]
    [InlineData("freeQuota", "10", "components[0].freeQuota")]
    [InlineData("cap", "\"5\"", "components[0].cap")]
    [InlineData("parts", "\"whole\"", "components[0].parts")]
    public void Component_whose_price_depends_on_other_use_cannot_be_prepaid(string name, string value, string place) =>
        AssertRefused(Plan().WithFirst(name, JsonNode.Parse(value)), place);

    [Fact]
    public void Tiers_cannot_be_prepaid()
    {
        var plan = Plan().WithFirst("price", null).WithFirst("tierMode", "volume").WithFirst("tiers", JsonNode.Parse("""[{"upTo":5,"price":"2"},{"price":"1"}]"""));
        AssertRefused(plan, "components[0].tiers");
    }

    [Fact]
    public void Use_costs_its_exact_price_with_tax_rounded_up_to_the_billionth()
    {
        var price = UsePrice.Of(Plan("1", unitSize: 3).With("tax", JsonNode.Parse("""{"name":"VAT","rate":"0.06"}""")).Read())!;
        Assert.Equal(353_333_334, price.Of(Rows(1)));
        Assert.Equal(1_060_000_000, price.Of(Rows(3)));
        Assert.Equal(1_060_000_000, price.Most(Rows(3)));
        Assert.Equal(0, price.Of(Rows(0)));
        Assert.Equal(long.MaxValue, price.Of(Rows(long.MaxValue)));
    }

    [Fact]
    public void What_is_taken_while_it_flows_covers_whatever_end_it_comes_to()
    {
        var plan = Plans.One("4", 1, "tokensIn").With("prepaid", true)
            .Plus(Plans.Component("c1", "6", 1, "tokensCached")).Plus(Plans.Component("c2", "12", 1, "tokensOut")).Plus(Plans.Component("c3", "1", 1, "requests")).Read();
        var price = UsePrice.Of(plan)!;
        var running = new UsageCounts { Purpose = "inference", Outcome = "", Requests = 1, Rows = 0, Bytes = 0, TokensIn = 10, TokensOut = 5, TokensData = 0 };
        Assert.Equal((1 + 60 + 60) * UsePrice.PerUnit, price.Most(running));
        Assert.Equal((1 + 28 + 18 + 60) * UsePrice.PerUnit, price.Of(running with { Outcome = UsageOutcomes.Ok, TokensCached = 3 }));
        Assert.Equal((28 + 18 + 60) * UsePrice.PerUnit, price.Of(running with { Outcome = UsageOutcomes.Cut, TokensCached = 3 }));
        Assert.Equal(0, price.Of(running with { Outcome = UsageOutcomes.Error, TokensCached = 0 }));
        Assert.Equal((UsePrice.PerUnit, UsePrice.PerUnit), (price.OfRequest("inference"), price.OfAnyRequest));
    }

    [Fact]
    public void Count_that_has_a_price_and_is_not_known_has_no_cost_rather_than_none()
    {
        var price = UsePrice.Of(Plans.One("4", 1, "tokensOut").With("prepaid", true).Read())!;
        var unknown = Rows(0) with { TokensOut = null };
        Assert.Null(price.Most(unknown));
        Assert.Null(price.Of(unknown));
        Assert.Equal(0, price.Of(unknown with { Outcome = UsageOutcomes.Retry }));
    }

    [Fact]
    public void Free_purposes_and_phases_without_a_price_cost_nothing()
    {
        var price = UsePrice.Of(Plan().WithFirst("phase", "infer").With("freePurposes", new JsonArray("inference:test")).Read())!;
        Assert.Equal((true, false, false), (price.IsPriced("inference"), price.IsPriced("inference:test"), price.IsPriced("training")));
        Assert.Equal((0L, 0L), (price.Of(Rows(5) with { Purpose = "training" }), price.Of(Rows(5) with { Purpose = "inference:test" })));
        Assert.Equal((0L, 0L), (price.Most(Rows(5) with { Purpose = "training" }), price.Most(Rows(5) with { Purpose = "inference:test" })));
        Assert.Null(UsePrice.Of(Plans.One("1").Read()));
    }

    [Fact]
    public void Only_the_authoritys_own_note_about_this_agreement_is_read()
    {
        var key = SigningKey.Generate();
        var other = SigningKey.Generate();
        var now = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero);
        var note = new BalanceNote("urn:a", "CNY", 2, 100.50m);
        var signed = note.Sign("did:web:authority.example", now, key);
        Assert.Equal(note, BalanceNote.Verify(signed, "did:web:authority.example", "urn:a", [key.Public], now));

        Refused(() => BalanceNote.Verify(signed, "did:web:authority.example", "urn:b", [key.Public], now));
        Refused(() => BalanceNote.Verify(signed, "did:web:other.example", "urn:a", [key.Public], now));
        Refused(() => BalanceNote.Verify(signed, "did:web:authority.example", "urn:a", [other.Public], now));
        Refused(() => BalanceNote.Verify(signed, "did:web:authority.example", "urn:a", [key.Public], now.AddMinutes(6)));
        Refused(() => BalanceNote.Verify((note with { ToppedUp = -1 }).Sign("did:web:authority.example", now, key), "did:web:authority.example", "urn:a", [key.Public], now));
        Refused(() => BalanceNote.Verify((note with { ToppedUp = UsePrice.Limit }).Sign("did:web:authority.example", now, key), "did:web:authority.example", "urn:a", [key.Public], now));

        static void Refused(Action read) => Assert.Equal(RefusalCode.Unauthenticated, Assert.Throws<RefusalException>(read).Code);
    }

    private static JsonObject Plan(string price = "1", long unitSize = 1) => Plans.One(price, unitSize).With("prepaid", true);

    private static UsageCounts Rows(long rows) => new() { Purpose = "inference", Outcome = UsageOutcomes.Ok, Requests = 1, Rows = rows, Bytes = 0 };

    private static void AssertRefused(JsonObject plan, string place) =>
        Assert.Equal(place, Assert.Single(Assert.Throws<RefusalException>(() => plan.Read()).Reasons).Term);
}
