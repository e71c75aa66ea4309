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

    private static readonly string ByParty = Materials.Replace("\"price\": \"20.00\"", "\"price\": \"20.00\", \"per\": \"party\"", StringComparison.Ordinal);

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

    [Theory]
    [InlineData("line", "27.90", "8.24")]
    [InlineData("invoice", "27.89", "8.23")]
    public void Premium_is_divided_by_the_tokens_that_were_retrieved(string per, string total, string rest)
    {
        var plan = Plans.Read(ByParty.Replace("\"per\": \"line\"", $"\"per\": \"{per}\"", StringComparison.Ordinal));
        var counts = Call() with
        {
            Requests = 640,
            TokensIn = 1_536_000,
            TokensCached = 307_200,
            TokensOut = 256_000,
            TokensData = 983_040,
            TokensDataBy = [new PartyTokens("a", 589_824, 3072), new PartyTokens("b", 393_216, 2048)],
        };
        var statement = plan.Rate(Records.At(0, counts));

        Assert.Equal(decimal.Parse(total, System.Globalization.CultureInfo.InvariantCulture), statement.Total);
        Assert.Equal([("a", 589_824L, 11.80m), ("b", 393_216L, 7.86m)], statement.Lines.Where(l => l.Component == "premium").Select(l => (l.Party, l.Quantity, l.Amount)));
        Assert.Equal(
            [("retrieved", "a", 11.80m), ("retrieved", "b", 7.86m), ("share", "did:web:grid.example", decimal.Parse(rest, System.Globalization.CultureInfo.InvariantCulture))],
            statement.Splits!.Select(s => (s.Kind, s.Party, s.Amount)));
        Assert.Equal(statement.Total, statement.Splits!.Sum(s => s.Amount));
    }

    [Fact]
    public void The_platforms_fee_comes_off_every_part_and_fixed_shares_divide_what_is_nobodys_by_party()
    {
        var plan = Plans.Read(ByParty.Replace(
            "\"rounding\"",
            """
            "splits": { "platformFee": { "party": "p", "rate": "0.05" }, "shares": [ { "party": "grid", "rate": "0.7" }, { "party": "city", "rate": "0.3" } ], "residueTo": "city" }, "rounding"
            """,
            StringComparison.Ordinal));
        var counts = Call() with
        {
            Requests = 640,
            TokensIn = 1_536_000,
            TokensCached = 307_200,
            TokensOut = 256_000,
            TokensData = 983_040,
            TokensDataBy = [new PartyTokens("a", 589_824, 3072), new PartyTokens("b", 393_216, 2048)],
        };
        var statement = plan.Rate(Records.At(0, counts));

        // 27.90: of the fee's 1.395 a cent is rounded up; 11.80 and 7.86 less 5 %; and 7.82 is left.
        Assert.Equal(
            [("platformFee", "p", 1.40m), ("retrieved", "a", 11.21m), ("retrieved", "b", 7.47m), ("share", "grid", 5.47m), ("share", "city", 2.35m)],
            statement.Splits!.Select(s => (s.Kind, s.Party, s.Amount)));
        Assert.Equal(27.90m, statement.Splits!.Sum(s => s.Amount));
    }

    [Fact]
    public void Premium_is_divided_by_rows_where_the_plan_prices_rows()
    {
        var plan = Plans.Read(ByParty.Replace("\"meter\": \"tokensData\", \"unitSize\": 1000000", "\"meter\": \"rows\", \"unitSize\": 100", StringComparison.Ordinal));
        var counts = Call() with { Rows = 5, TokensDataBy = [new PartyTokens("a", 1000, 3), new PartyTokens("b", 536, 2)] };
        Assert.Equal([("a", 3L, 0.60m), ("b", 2L, 0.40m)], plan.Rate(Records.At(0, counts)).Lines.Where(l => l.Component == "premium").Select(l => (l.Party, l.Quantity, l.Amount)));
        Assert.Throws<RefusalException>(() => plan.Rate(Records.At(0, counts with { Rows = 6 })));
    }

    [Fact]
    public void Retrieved_data_of_nobody_knows_whom_is_refused_and_so_are_parts_that_are_not_the_whole()
    {
        var plan = Plans.Read(ByParty);
        Assert.Equal(RefusalCode.Conflict, Assert.Throws<RefusalException>(() => plan.Rate(Records.At(0, Call()))).Code);
        foreach (var parts in new PartyTokens[][] { [new("a", 1535, 1)], [new("a", 1537, 1), new("b", -1, 1)], [new("a", 768, 1), new("a", 768, 1)] })
        {
            Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => plan.Rate(Records.At(0, Call() with { TokensDataBy = parts }))).Code);
        }
    }

    [Theory]
    [InlineData("\"per\": \"party\"", "\"per\": \"person\"")]
    [InlineData("\"per\": \"party\"", "\"per\": \"party\", \"cap\": \"5\"")]
    [InlineData("\"per\": \"party\"", "\"per\": \"party\", \"freeQuota\": 5")]
    [InlineData("\"meter\": \"tokensData\"", "\"meter\": \"bytes\"")]
    [InlineData("\"per\": \"party\"", "\"per\": \"party\", \"outcomes\": [\"ok\", \"miss\"]")]
    public void Price_by_party_that_cannot_be_rated_is_refused(string from, string to) =>
        Assert.Throws<RefusalException>(() => Plans.Read(ByParty.Replace(from, to, StringComparison.Ordinal)));

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

    [Theory]
    [InlineData("rows", "", ",\"party\":\"source\",\"parties\":[\"a\",\"b\"]", true)]
    [InlineData("rows", ",\"valuesPerRecord\":1", ",\"party\":\"source\",\"parties\":[\"a\",\"b\"]", true)]
    [InlineData("rows", ",\"valuesPerRecord\":96", ",\"party\":\"source\",\"parties\":[\"a\",\"b\"]", false)]
    [InlineData("tokensData", ",\"valuesPerRecord\":96", ",\"party\":\"source\",\"parties\":[\"a\",\"b\"]", true)]
    [InlineData("tokensData", "", "", false)]
    [InlineData("rows", "", "", false)]
    public void Price_by_party_needs_a_contract_that_counts_by_party(string meter, string values, string parties, bool counted)
    {
        var plan = Plans.One("1", meter: meter).WithFirst("per", "party");
        var offer = PolicyDocument.Parse(
            $$"""{"@type":"Offer","tds:meter":{"unit":"token","format":"text/csv","tokenizerId":"o200k_base","tokenizerVersion":"1"{{values}},"chunks":{"text":"text"{{parties}} } },"tds:pricePlan":{{plan.ToJsonString()}} }""");
        if (counted)
        {
            Assert.NotNull(PricePlan.From(offer));
        }
        else
        {
            Assert.Equal("components[0].per", Assert.Single(Assert.Throws<RefusalException>(() => PricePlan.From(offer)).Reasons).Term);
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
