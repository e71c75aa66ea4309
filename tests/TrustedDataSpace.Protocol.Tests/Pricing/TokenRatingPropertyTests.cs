using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>The same for AI tokens and for what is billed by party; 200 of each, always the same ones.</summary>
public sealed class TokenRatingPropertyTests
{
    private static readonly string[] Purposes = ["training", "inference:alloy-design", "public"];
    private static readonly string[] Outcomes =
        [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Denied, UsageOutcomes.Cut, UsageOutcomes.Retry];
    private static readonly string[] Parties = ["did:web:lab.example", "did:web:mill.example", "did:web:mint.example"];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_counted_token_stands_on_one_line_and_that_of_a_party_on_its_own(int seed)
    {
        var dice = new Dice(seed);
        var (plan, records) = (RandomPlan(dice).Read(), RandomRecords(dice));

        var lines = plan.Rate(records).Lines;

        var counts = records.SelectMany(record => record.Counts).ToList();
        Assert.Equal(counts.Sum(c => c.TokensIn - c.TokensCached), lines.Where(l => l.Meter == "tokensIn").Sum(l => l.Quantity));
        Assert.Equal(counts.Sum(c => c.TokensCached), lines.Where(l => l.Meter == "tokensCached").Sum(l => l.Quantity));
        Assert.Equal(counts.Sum(c => c.TokensOut), lines.Where(l => l.Meter == "tokensOut").Sum(l => l.Quantity));
        Assert.Equal(counts.Sum(c => c.TokensData), lines.Where(l => l.Meter == "tokensData").Sum(l => l.Quantity));
        var billed = counts.Where(c => c.Outcome is "ok" or "cut" && c.Purpose != "public").SelectMany(c => c.TokensDataBy!).ToList();
        Assert.All(Parties, party => Assert.Equal(billed.Where(part => part.Party == party).Sum(part => part.Tokens), lines.Where(l => l.Party == party).Sum(l => l.Quantity)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Lines_add_up_to_the_total_and_what_the_parties_get_to_the_revenue(int seed)
    {
        var dice = new Dice(seed);
        var statement = RandomPlan(dice).Read().Rate(RandomRecords(dice));

        Assert.Equal(statement.Total, statement.Lines.Sum(l => l.Amount));
        Assert.Equal(statement.Total - statement.Lines.Where(l => l.Kind == "tax").Sum(l => l.Amount), statement.Splits!.Sum(s => s.Amount));
        Assert.All(Parties, party => Assert.Equal(statement.Lines.Where(l => l.Party == party).Sum(l => l.Amount), statement.Splits!.Where(s => s.Party == party).Sum(s => s.Amount)));
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
    public void Tokens_of_refused_failed_and_repeated_use_are_billed_to_nobody(int seed)
    {
        var dice = new Dice(seed);
        var (plan, records) = (RandomPlan(dice).Read(), RandomRecords(dice));
        var billable = plan.Rate([.. records.Select(r => r with { Counts = [.. r.Counts.Where(c => c.Outcome is "ok" or "cut")] })]);

        var statement = plan.Rate(records);
        Assert.Equal(billable.Total, statement.Total);
        Assert.Equal(billable.Splits!.Select(s => (s.Party, s.Amount)), statement.Splits!.Select(s => (s.Party, s.Amount)));
    }

    private static JsonObject RandomPlan(Dice dice) => Plans.One(Price(dice), dice.Next(1, 1000), "tokensIn", per: dice.Next(2) == 0 ? "line" : "invoice", mode: dice.Next(2) == 0 ? "halfUp" : "halfEven")
        .Plus(Plans.Component("cached", Price(dice), dice.Next(1, 1000), "tokensCached"))
        .Plus(Plans.Component("output", Price(dice), dice.Next(1, 1000), "tokensOut", dice.Next(3) == 0 ? "infer" : null))
        .Plus(Plans.Component("premium", Price(dice), dice.Next(1, 1000), "tokensData").With("per", "party"))
        .With("freePurposes", new JsonArray("public"))
        .With("minimumFee", dice.Next(3) == 0 ? "50" : null)
        .With("tax", dice.Next(2) == 0 ? JsonNode.Parse("""{"name":"VAT","rate":"0.0613"}""") : null);

    private static string Price(Dice dice) => $"{dice.Next(0, 3)}.{dice.Next(0, 1000):000}";

    private static UsageRecord[] RandomRecords(Dice dice) =>
    [
        .. Enumerable.Range(0, dice.Next(0, 12)).Select(minute => Records.At(minute, [
            .. from purpose in Purposes from outcome in Outcomes where dice.Next(3) == 0 select Counts(dice, purpose, outcome)])),
    ];

    private static UsageCounts Counts(Dice dice, string purpose, string outcome)
    {
        PartyTokens[] parts = [.. Parties.Where(_ => dice.Next(2) == 0).Select(party => new PartyTokens(party, dice.Next(5000), dice.Next(1, 9)))];
        var input = dice.Next(5000);
        return Records.Rows(0, purpose, outcome) with
        {
            TokensIn = input,
            TokensCached = dice.Next(input + 1),
            TokensOut = dice.Next(5000),
            TokensData = parts.Sum(part => part.Tokens),
            TokensDataBy = parts,
        };
    }
}
