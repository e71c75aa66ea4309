using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>An answer that is used again within its validity is the one that a fresh evaluation gives.</summary>
public sealed class ReuseTests
{
    private const long Now = 1778547600000;
    private const long Day = 86_400_000;

    private static readonly EmbeddedPolicyEngine Engine = Question.BuiltInEngine();

    private static readonly string[] Counters = ["count", "bytes", "bytes/P1D@Asia/Shanghai", "frequency/PT1M@UTC", "concurrency"];

    [Fact]
    public async Task Answer_is_the_same_at_every_later_moment_and_count_within_its_validity()
    {
        var dice = new Dice(20260512);
        var (reused, bounded, changed) = (0, 0, 0);
        for (var round = 0; round < 1500; round++)
        {
            var question = RandomQuestion(dice);
            var first = await ForReuseAsync(Engine, question);
            Assert.Equal(Text(await Engine.DecideAsync(question)), Text(first));
            Assert.True(first.Allow || first.Validity is null);
            if (first.Validity is not { } validity)
            {
                continue;
            }

            Assert.True(validity.UntilMs > (long)question["now_ms"]!);
            for (var repeat = 0; repeat < 6; repeat++)
            {
                var later = Later(question, validity, dice);
                later["subject"]!["standing_ms"] = Math.Max((long)question["subject"]!["standing_ms"]!, Math.Min((long)later["now_ms"]!, (long)question["subject"]!["standing_ms"]! + dice.Next(0, 30_000)));
                Assert.True(validity.Holds((long)later["now_ms"]!, counter => (long?)later["usage"]?[counter] ?? 0));
                var fresh = await Engine.DecideAsync(later);
                Assert.True(Text(first) == Text(fresh), $"{question.ToJsonString()}\nlater {later["now_ms"]} {later["usage"]?.ToJsonString()}: {Text(fresh)}");
                reused++;
            }

            // The bound is no wild guess: at it, the answer often is another one.
            if (validity.UntilMs < Now + (400 * Day))
            {
                bounded++;
                var after = question.DeepClone().AsObject();
                after["now_ms"] = validity.UntilMs;
                changed += Text(await Engine.DecideAsync(after)) == Text(first) ? 0 : 1;
            }
        }

        Assert.True(reused > 1000 && bounded > 100 && changed > 20, $"{reused} reused, {bounded} bounded, {changed} changed");
    }

    [Fact]
    public async Task Limits_say_how_far_each_counter_may_grow()
    {
        var question = Question.Request(Odrl.Agreement(Odrl.Rule(
            Odrl.Constraint("count", "lteq", 60),
            Odrl.Constraint("tds:bytes", "lt", "1000/P1D@Asia/Shanghai"),
            Odrl.Constraint("dateTime", "lt", "2026-05-12T10:00:00+08:00"))));
        question["usage"]!["bytes/P1D@Asia/Shanghai"] = 10;

        var validity = (await ForReuseAsync(Engine, question)).Validity!;

        Assert.Equal(Now + 3_600_000, validity.UntilMs);
        Assert.Equal([("bytes/P1D@Asia/Shanghai", 999L), ("count", 60L)], validity.AtMost.Select(limit => (limit.Key, limit.Value)).Order());
        Assert.False(validity.Holds(validity.UntilMs, _ => 0));
        Assert.True(validity.Holds(validity.UntilMs - 1, _ => 60));
        Assert.False(validity.Holds(Now, _ => 61));
        Assert.Same(Engine.Reads, validity.Reads);
    }

    [Fact]
    public async Task Plain_decision_says_nothing_about_its_validity() =>
        Assert.Null((await Engine.DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule())))).Validity);

    [Theory]
    [InlineData("deny contains {} if input.now_ms < 5", null)]
    [InlineData("deny contains {} if input.now_ms < 5\n\nvalid_until_ms := 1778547600009", 1778547600009)]
    [InlineData("deny contains {} if input.now_ms < 5\n\nvalid_until_ms := 5 if input.never", null)]
    [InlineData("deny contains {} if input.purpose == \"training\"", 253402300799999)]
    public async Task Layer_that_reads_the_time_has_to_bound_it(string rules, long? until)
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.BuiltIn().With(new("layers/own/own.rego", $"package tds.layers.own\n\n{rules}\n")));

        var decision = await ForReuseAsync(engine, Question.Request(Odrl.Agreement(Odrl.Rule())));

        Assert.True(decision.Allow);
        Assert.Equal(until, decision.Validity?.UntilMs);
    }

    private static async Task<PolicyDecision> ForReuseAsync(EmbeddedPolicyEngine engine, JsonNode question) =>
        await engine.DecideForReuseAsync(question.Json(), TestContext.Current.CancellationToken);

    private static JsonObject Later(JsonObject question, DecisionValidity validity, Dice dice)
    {
        var later = question.DeepClone().AsObject();
        var now = (long)question["now_ms"]!;
        var last = Math.Min(validity.UntilMs - 1, now + (500 * Day));
        later["now_ms"] = dice.Next(3) == 0 ? last : dice.Next(now, last + 1);
        if (later["usage"] is JsonObject usage)
        {
            foreach (var (counter, value) in usage.ToList())
            {
                var most = validity.AtMost.TryGetValue(counter, out var limit) ? limit : 1_000_000;

                // Totals only grow; the others may begin anew.
                var least = counter is "count" or "bytes" ? (long)value! : 0;
                usage[counter] = dice.Next(3) == 0 ? Math.Max(most, least) : dice.Next(least, Math.Max(most, least) + 1);
            }
        }

        return later;
    }

    private static JsonObject RandomQuestion(Dice dice)
    {
        var agreement = Odrl.Agreement([.. Enumerable.Range(0, dice.Next(1, 4)).Select(_ => (JsonNode)RandomRule(dice, isPermission: true))]);
        if (dice.Next(2) == 0)
        {
            agreement["prohibition"] = new JsonArray([.. Enumerable.Range(0, dice.Next(1, 3)).Select(_ => (JsonNode)RandomRule(dice, isPermission: false))]);
        }

        JsonObject question;
        try
        {
            question = Question.At(dice.Next(4) == 0 ? "tick" : "request", agreement);
        }
        catch (TrustedDataSpace.Policy.Agreements.PolicyRefusedException)
        {
            // Rules whose constraints exclude each other are refused.
            return RandomQuestion(dice);
        }

        question["now_ms"] = Now + dice.Next(-2 * Day, 2 * Day);
        question["agreement"]!["agreed_at_ms"] = Now - dice.Next(0, 3 * Day);
        question["agreement"]!["first_used_at_ms"] = Now - dice.Next(0, 2 * Day);
        question["subject"]!["standing_ms"] = (long)question["now_ms"]! - dice.Next(0, 45_000);
        if (dice.Next(3) == 0)
        {
            // Carried out for this request: the answer is one about a request for which that is so.
            question["duties_done"] = new JsonArray("log");
        }

        question["usage"] = new JsonObject([.. Counters.Where(_ => dice.Next(5) > 0).Select(counter => KeyValuePair.Create(counter, (JsonNode?)dice.Next(1L, 12)))]);
        return question;
    }

    private static JsonObject RandomRule(Dice dice, bool isPermission)
    {
        var rule = Odrl.Rule([.. Enumerable.Range(0, dice.Next(1, 4)).Select(_ => (JsonNode)RandomConstraint(dice, isPermission))]);
        return isPermission && dice.Next(5) == 0 ? rule.With("duty", new JsonObject { ["action"] = "tds:log" }) : rule;
    }

    private static JsonObject RandomConstraint(Dice dice, bool isPermission) => dice.Next(isPermission ? 8 : 5) switch
    {
        0 => Odrl.Constraint("purpose", "eq", dice.Next(3) == 0 ? "training" : "inference"),
        1 => Odrl.Constraint("dateTime", dice.Pick("lt", "lteq", "gt", "gteq"), DateTimeOffset.FromUnixTimeMilliseconds(Now + dice.Next(-3 * Day, 3 * Day)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", null)),
        2 when dice.Next(3) == 0 => Odrl.Constraint("tds:weekday", "isAnyOf", new JsonArray(dice.Pick("Mon+08:00", "Tue-03:00", "WedZ"), dice.Pick("Mon+08:00", "Thu+08:00"))),
        2 when dice.Next(2) == 0 => Odrl.Constraint("tds:timeWindow", "isAnyOf", new JsonArray(RandomWindow(dice), RandomWindow(dice))),
        2 => Odrl.Constraint("tds:timeWindow", "eq", RandomWindow(dice)),
        3 => Odrl.Constraint(dice.Pick("elapsedTime", "tds:usePeriod"), dice.Pick("lt", "lteq", "gt", "gteq"), $"PT{dice.Next(1, 120)}H"),
        4 => Odrl.Constraint("count", dice.Pick("lt", "lteq", "eq"), dice.Next(2, 12)),
        5 => Odrl.Constraint("tds:bytes", dice.Pick("lt", "lteq"), dice.Pick("7", "9/P1D@Asia/Shanghai", "3/P1D@Asia/Shanghai")),
        6 when dice.Next(3) == 0 => Odrl.Constraint("tds:standingAge", dice.Pick("lt", "lteq"), $"PT{dice.Next(5, 40)}S"),
        6 => Odrl.Constraint("tds:frequency", "lteq", $"{dice.Next(3, 12)}/PT1M"),
        _ => Odrl.Constraint("tds:concurrency", "lt", dice.Next(3, 12)),
    };

    private static string RandomWindow(Dice dice)
    {
        var from = dice.Next(24 * 60);
        var to = (from + dice.Next(1, 24 * 60)) % (24 * 60);
        return $"{from / 60:00}:{from % 60:00}-{to / 60:00}:{to % 60:00}{dice.Pick("Z", "+08:00", "-05:30")}";
    }

    private static string Text(PolicyDecision decision) =>
        $"{decision.Allow} {decision.Result} {decision.Permission} {(decision.Allow ? "" : string.Join(", ", decision.Reasons.Select(reason => reason.Term)))}";
}
