using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>Months of the city, the automotive and the materials pilot, worked out by hand (the grid's has a class of its own).</summary>
public sealed class GoldenSettlementTests
{
    private const string City = """
        {
          "id": "city-credit", "version": 1, "currency": "CNY",
          "components": [{ "id": "hit", "meter": "requests", "unitSize": 1, "price": "1.20", "freeQuota": 100 }],
          "splits": {
            "platformFee": { "party": "platform", "rate": "0.05" },
            "shares": [ { "party": "tax", "rate": "0.40" }, { "party": "social", "rate": "0.20" }, { "party": "power", "rate": "0.30" }, { "party": "city", "rate": "0.10" } ],
            "residueTo": "city"
          },
          "rounding": { "per": "line", "mode": "halfUp", "scale": 2 }
        }
        """;

    private const string Automotive = """
        {
          "id": "clips", "version": 1, "currency": "CNY",
          "components": [
            { "id": "clip", "meter": "rows", "unitSize": 1, "price": "2.50" },
            { "id": "captions", "meter": "tokensData", "unitSize": 1000000, "price": "12" }
          ],
          "rounding": { "per": "line", "mode": "halfUp", "scale": 2 }
        }
        """;

    private const string Materials = """
        {
          "id": "alloy", "version": 1, "currency": "CNY",
          "components": [
            { "id": "input", "meter": "tokensIn", "unitSize": 1000000, "price": "4.00" },
            { "id": "cached", "meter": "tokensCached", "unitSize": 1000000, "price": "0.80" },
            { "id": "output", "meter": "tokensOut", "unitSize": 1000000, "price": "12.00" },
            { "id": "premium", "meter": "tokensData", "unitSize": 1000000, "price": "20.00" }
          ],
          "rounding": { "per": "line", "mode": "halfUp", "scale": 2 }
        }
        """;

    [Fact]
    public void City_month_is_divided_without_residue()
    {
        var statement = Plans.Read(City).Rate(Records.At(
            0, Requests(3292, UsageOutcomes.Ok), Requests(61, UsageOutcomes.Denied), Requests(117, UsageOutcomes.Miss), Requests(12, UsageOutcomes.Retry)));

        Assert.Equal(3482, statement.Lines.Sum(l => l.Quantity));
        Assert.Equal((3192L, 3830.40m), (statement.Lines[0].Quantity, statement.Lines[0].Amount));
        Assert.Equal(3830.40m, statement.Total);
        Assert.Equal(
            [("platform", 191.52m), ("tax", 1455.55m), ("social", 727.78m), ("power", 1091.66m), ("city", 363.89m)],
            statement.Splits!.Select(s => (s.Party, s.Amount)));
    }

    [Fact]
    public void Automotive_month_bills_clips_and_the_tokens_of_captions()
    {
        var counts = Records.Rows(1193, "training:ad-perception") with { TokensData = 18_318_400 };
        var statement = Plans.Read(Automotive).Rate(Records.At(0, counts, Records.Rows(7, "training:ad-perception", UsageOutcomes.Denied)));

        Assert.Equal([2982.50m, 219.82m, 0m, 0m], statement.Lines.Select(l => l.Amount));
        Assert.Equal(3202.32m, statement.Total);
    }

    [Theory]
    [InlineData("line", "halfUp", "27.90")]
    [InlineData("line", "halfEven", "27.90")]
    [InlineData("invoice", "halfUp", "27.89")]
    [InlineData("invoice", "halfEven", "27.89")]
    public void Materials_month_depends_on_where_it_is_rounded(string per, string mode, string total)
    {
        var plan = JsonNode.Parse(Materials)!.AsObject();
        plan["rounding"]!["per"] = per;
        plan["rounding"]!["mode"] = mode;
        var statement = plan.Read().Rate([.. Enumerable.Range(0, 640).Select(call => Records.At(call, Call()))]);

        Assert.Equal([1_228_800L, 307_200, 256_000, 983_040], statement.Lines.Take(4).Select(l => l.Quantity));
        Assert.Equal([4.92m, 0.25m, 3.07m, 19.66m], statement.Lines.Take(4).Select(l => l.Amount));
        Assert.Equal(total, statement.Total.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Tokens_that_are_not_known_are_refused_and_never_billed_as_nothing()
    {
        var plan = Plans.Read(Materials);
        foreach (var unknown in new[] { Call() with { TokensIn = null }, Call() with { TokensCached = null }, Call() with { TokensOut = null }, Call() with { TokensData = null } })
        {
            Assert.Equal(RefusalCode.Conflict, Assert.Throws<RefusalException>(() => plan.Rate(Records.At(0, unknown))).Code);
        }

        Assert.Equal(0m, plan.Rate(Records.At(0, Requests(3, UsageOutcomes.Denied))).Total);
    }

    [Fact]
    public void More_cached_tokens_than_input_tokens_are_refused() =>
        Assert.Equal(
            RefusalCode.Malformed,
            Assert.Throws<RefusalException>(() => Plans.Read(Materials).Rate(Records.At(0, Call() with { TokensCached = 2401 }))).Code);

    [Fact]
    public void Tokens_without_the_name_of_their_tokenizer_are_refused() =>
        Assert.Equal(
            RefusalCode.Malformed,
            Assert.Throws<RefusalException>(() => Plans.Read(Materials).Rate(Records.At(0, Call()) with { TokenizerId = null })).Code);

    [Theory]
    [InlineData("openai-chat", ",\"chunks\":{\"at\":\"retrieved\",\"text\":\"text\"}", true)]
    [InlineData("openai-chat", "", false)]
    [InlineData("openai-embeddings", ",\"chunks\":{\"at\":\"retrieved\",\"text\":\"text\"}", false)]
    [InlineData("text/csv", ",\"chunks\":{\"text\":\"text\"}", false)]
    public void Only_what_the_contract_counts_can_be_priced(string format, string chunks, bool counted)
    {
        var offer = PolicyDocument.Parse(
            $$"""{"@type":"Offer","tds:meter":{"unit":"token","format":"{{format}}","tokenizerId":"o200k_base","tokenizerVersion":"1"{{chunks}}},"tds:pricePlan":{{Materials}}}""");
        if (counted)
        {
            Assert.NotNull(PricePlan.From(offer));
        }
        else
        {
            Assert.Throws<RefusalException>(() => PricePlan.From(offer));
        }
    }

    [Fact]
    public void Price_on_tokens_needs_a_contract_that_counts_tokens()
    {
        var offer = PolicyDocument.Parse($$"""{"@type":"Offer","tds:pricePlan":{{Materials}}}""");
        Assert.Equal("components", Assert.Single(Assert.Throws<RefusalException>(() => PricePlan.From(offer)).Reasons).Term);
    }

    private static UsageCounts Requests(long requests, string outcome) =>
        new() { Purpose = "credit:first-loan", Outcome = outcome, Requests = requests, Rows = 0, Bytes = 0 };

    private static UsageCounts Call() => new()
    {
        Purpose = "inference",
        Outcome = UsageOutcomes.Ok,
        Requests = 1,
        Rows = 0,
        Bytes = 0,
        TokensIn = 2400,
        TokensCached = 480,
        TokensOut = 400,
        TokensData = 1536,
    };
}
