using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>What holds for every plan and all records; 200 of each, always the same ones.</summary>
public sealed class RatingPropertyTests
{
    private static readonly string[] Purposes = ["training", "inference", "credit", "public"];
    private static readonly string[] Outcomes =
        [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Denied, UsageOutcomes.Cut, UsageOutcomes.Retry];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Lines_add_up_to_the_total_and_the_shares_to_the_revenue(int seed)
    {
        var dice = new Dice(seed);
        var (plan, records) = (RandomPlan(dice).Read(), RandomRecords(dice));

        var statement = plan.Rate(records);

        Assert.Equal(statement.Total, statement.Lines.Sum(l => l.Amount));
        Assert.Equal(statement.Total - statement.Lines.Where(l => l.Kind == "tax").Sum(l => l.Amount), statement.Splits!.Sum(s => s.Amount));
        Assert.All(statement.Splits!, s => Assert.True(s.Amount >= 0));
        Assert.True(statement.Total >= 0);
        foreach (var component in plan.Components.Where(c => c.Cap is not null && plan.Rounding.Per == "line"))
        {
            Assert.True(statement.Lines.Where(l => l.Component == component.Id).Sum(l => l.Amount) <= component.Cap);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Fee_parties_and_fixed_shares_add_up_to_the_revenue(int seed)
    {
        var dice = new Dice(seed);
        var plan = Plans.One(Price(dice), dice.Next(1, 50), "tokensData", per: dice.Next(2) == 0 ? "line" : "invoice", mode: dice.Next(2) == 0 ? "halfUp" : "halfEven", scale: dice.Next(0, 3))
            .WithFirst("per", "party")
            .Plus(Plans.Component("c1", dice.Next(2) == 0 ? "0" : Price(dice), meter: "requests"))
            .With("minimumFee", dice.Next(3) == 0 ? "50" : null)
            .With("splits", JsonNode.Parse($$"""
                {"platformFee":{"party":"p","rate":"0.{{dice.Next(0, 100):00}}"},"shares":[{"party":"a","rate":"0.333"},{"party":"b","rate":"0.333"},{"party":"c","rate":"0.334"}],"residueTo":"b"}
                """)).Read();
        var parties = Enumerable.Range(0, dice.Next(1, 9)).Select(i => new PartyTokens($"x{i}", dice.Next(0, 300), 1)).ToList();
        var counts = Records.Rows(0) with { Requests = dice.Next(0, 5), TokensIn = 0, TokensCached = 0, TokensOut = 0, TokensData = parties.Sum(part => part.Tokens), TokensDataBy = parties };

        var statement = plan.Rate(Records.At(0, counts));

        Assert.Equal(statement.Total, statement.Splits!.Sum(s => s.Amount));
        Assert.All(statement.Splits!, s => Assert.True(s.Amount >= 0));
        Assert.Equal(statement.Total, statement.Lines.Sum(l => l.Amount));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_recorded_unit_stands_on_one_line(int seed)
    {
        var dice = new Dice(seed);
        var (plan, records) = (RandomPlan(dice).Read(), RandomRecords(dice));

        var lines = plan.Rate(records).Lines;

        Assert.Equal(records.SelectMany(r => r.Counts).Sum(c => c.Rows), lines.Where(l => l.Meter == "rows").Sum(l => l.Quantity));
        Assert.Equal(records.SelectMany(r => r.Counts).Sum(c => c.Requests), lines.Where(l => l.Meter == "requests").Sum(l => l.Quantity));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_order_repetition_or_side_changes_a_byte(int seed)
    {
        var dice = new Dice(seed);
        var (plan, records) = (RandomPlan(dice).Read(), RandomRecords(dice));
        var expected = plan.Rate(records).Bytes();

        UsageRecord[] many = [.. records, .. records.Where(_ => dice.Next(2) == 0), .. records.Where(_ => dice.Next(2) == 0).Select(r => r.OfConsumer())];
        dice.Shuffle(many);

        Assert.Equal(expected, plan.Rate(many).Bytes());
        Assert.Equal(expected, plan.Rate(records).Bytes());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Refused_failed_and_repeated_use_changes_no_amount(int seed)
    {
        var dice = new Dice(seed);
        var (plan, records) = (RandomPlan(dice).Read(), RandomRecords(dice));
        var billable = records.Select(r => r with { Counts = [.. r.Counts.Where(c => c.Outcome is "ok" or "cut" or "miss")] }).ToArray();

        Assert.Equal(plan.Rate(billable).Total, plan.Rate(records).Total);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Graduated_tiers_cost_what_their_units_cost_one_by_one(int seed)
    {
        var dice = new Dice(seed);
        var plan = Plans.One("1", per: "invoice", scale: 6).WithFirst("price", null).WithFirst("tierMode", "graduated").WithFirst("tiers", RandomTiers(dice)).Read();
        var rows = dice.Next(0, 400);

        var expected = Enumerable.Range(1, rows).Sum(unit => plan.Components[0].Tiers.First(t => t.UpTo is null || unit <= t.UpTo).Price);

        Assert.Equal(expected, plan.Rate(Records.At(0, Records.Rows(rows))).Total);
    }

    private static JsonObject RandomPlan(Dice dice)
    {
        var plan = Plans.One(Price(dice), dice.Next(1, 50), per: dice.Next(2) == 0 ? "line" : "invoice", mode: dice.Next(2) == 0 ? "halfUp" : "halfEven")
            .WithFirst("phase", "train").WithFirst("freeQuota", dice.Next(0, 200))
            .Plus(Plans.Component("c1", Price(dice), dice.Next(1, 9), phase: "infer").With("parts", dice.Next(2) == 0 ? "whole" : "proportional"))
            .Plus(Plans.Component("c2", Price(dice), meter: "requests").With("outcomes", new JsonArray("ok", "miss")))
            .With("freePurposes", new JsonArray("public"))
            .With("minimumFee", dice.Next(3) == 0 ? "500" : null)
            .With("subscription", dice.Next(3) == 0 ? "12.5" : null)
            .With("tax", dice.Next(2) == 0 ? JsonNode.Parse("""{"name":"VAT","rate":"0.0613"}""") : null)
            .With("splits", JsonNode.Parse("""
                {"platformFee":{"party":"p","rate":"0.055"},"shares":[{"party":"a","rate":"0.333"},{"party":"b","rate":"0.333"},{"party":"c","rate":"0.334"}],"residueTo":"b"}
                """));
        if (dice.Next(2) == 0)
        {
            plan.WithFirst("price", null).WithFirst("tierMode", dice.Next(2) == 0 ? "volume" : "graduated").WithFirst("tiers", RandomTiers(dice));
        }

        return dice.Next(2) == 0 ? plan.WithFirst("cap", $"{dice.Next(0, 90)}.05") : plan;
    }

    private static JsonArray RandomTiers(Dice dice)
    {
        var tiers = new JsonArray();
        var end = 0;
        for (var i = dice.Next(0, 5); i > 0; i--)
        {
            end += dice.Next(1, 90);
            tiers.Add((JsonNode)new JsonObject { ["upTo"] = end, ["price"] = Price(dice) });
        }

        tiers.Add((JsonNode)new JsonObject { ["price"] = Price(dice) });
        return tiers;
    }

    private static string Price(Dice dice) => $"{dice.Next(0, 3)}.{dice.Next(0, 1000):000}";

    private static UsageRecord[] RandomRecords(Dice dice) =>
    [
        .. Enumerable.Range(0, dice.Next(0, 12)).Select(minute => Records.At(minute, [
            .. from purpose in Purposes from outcome in Outcomes where dice.Next(3) == 0 select Records.Rows(dice.Next(0, 300), purpose, outcome)])),
    ];
}
