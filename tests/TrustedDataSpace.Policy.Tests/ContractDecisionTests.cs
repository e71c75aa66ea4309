using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>From ODRL to decision: offers and agreements as peers send them, judged by the policies of this build.</summary>
public sealed class ContractDecisionTests
{
    private static readonly EmbeddedPolicyEngine Engine = Question.BuiltInEngine();

    private static JsonObject Grid => Odrl.Agreement(Odrl.Rule(
            Odrl.Constraint("odrl:purpose", "isAnyOf", new JsonArray("inference")),
            Odrl.Constraint("odrl:dateTime", "gteq", "2026-05-01T00:00:00+08:00"),
            Odrl.Constraint("odrl:dateTime", "lteq", "2026-12-31T23:59:59+08:00"),
            Odrl.Constraint("tds:timeWindow", "eq", "00:00-09:30+08:00"),
            Odrl.Constraint("odrl:spatial", "isAnyOf", new JsonArray("44", "45", "46", "52", "53")),
            Odrl.Constraint("odrl:count", "lteq", 60)))
        .With("prohibition", new JsonArray(Odrl.Rule(Odrl.Constraint("odrl:purpose", "eq", "training"))));

    [Fact]
    public async Task Contract_that_is_met_allows_at_every_stage_of_use()
    {
        foreach (var stage in new[] { "transfer", "request", "tick" })
        {
            var decision = await Engine.DecideAsync(Question.At(stage, Grid));

            Assert.True(decision.Allow, $"{stage}: {string.Join(", ", decision.Reasons)}");
            Assert.Equal("permission[0]", decision.Permission);
            Assert.Equal(Engine.Revision, decision.Revision);
        }
    }

    [Fact]
    public async Task Offer_without_an_assignee_is_listed_and_negotiated()
    {
        var offer = Odrl.Offer(Odrl.Rule(Odrl.Constraint("purpose", "eq", "inference"), Odrl.Constraint("count", "lteq", 5)));

        Assert.True((await Engine.DecideAsync(Question.At("catalog", offer))).Allow);
        Assert.True((await Engine.DecideAsync(Question.At("negotiation", offer))).Allow);
        Assert.Equal(["no_agreement", "no_permission", "not_a_party"], await CodesAsync(Question.At("transfer", offer)));
    }

    [Fact]
    public async Task Offer_that_is_over_is_listed_but_not_negotiated()
    {
        var offer = Odrl.Offer(Odrl.Rule(Odrl.Constraint("dateTime", "lt", "2026-01-01T00:00:00Z")));

        Assert.True((await Engine.DecideAsync(Question.At("catalog", offer))).Allow);
        Assert.Equal(["constraint_not_met"], await CodesAsync(Question.At("negotiation", offer)));
    }

    [Fact]
    public async Task Denial_says_what_failed_and_what_would_satisfy_it()
    {
        var question = Question.Request(Odrl.Agreement(Odrl.Rule(Odrl.Constraint("purpose", "isAnyOf", new JsonArray("audit", "billing")))));

        var decision = await Engine.DecideAsync(question);

        Assert.False(decision.Allow);
        Assert.Equal("denied_by_default", decision.Result);
        Assert.Equal(
            [new PolicyReason("constraint_not_met", "permission[0].constraint[0]", "purpose is inference; the contract asks purpose isAnyOf [audit, billing]", "declare one of: audit, billing")],
            decision.Reasons);
    }

    [Fact]
    public async Task Every_failing_term_is_named()
    {
        var question = Question.Request(Grid);
        question["purpose"] = "training";
        question["now_ms"] = 1809999999999;
        question["usage"]!["count"] = 61;
        question["subject"]!["claims"]!["region"] = "11";

        var decision = await Engine.DecideAsync(question);

        Assert.Equal("denied", decision.Result);
        Assert.Equal(
            ["permission[0].constraint[0]", "permission[0].constraint[2]", "permission[0].constraint[3]", "permission[0].constraint[4]", "permission[0].constraint[5]", "prohibition[0]"],
            decision.Reasons.Select(reason => reason.Term).Order(StringComparer.Ordinal));
        Assert.All(decision.Reasons, reason => Assert.NotEmpty(reason.Remedy!));
    }

    [Theory]
    [InlineData("purpose", "neq", "\"training\"", true)]
    [InlineData("purpose", "neq", "\"inference\"", false)]
    [InlineData("purpose", "isNoneOf", "[\"inference\"]", false)]
    [InlineData("dateTime", "gteq", "\"2026-05-12T09:00:00+08:00\"", true)]
    [InlineData("dateTime", "gt", "\"2026-05-12T01:00:00Z\"", false)]
    [InlineData("dateTime", "lteq", "\"2026-05-12T01:00:00Z\"", true)]
    [InlineData("dateTime", "lt", "\"2026-05-12T01:00:00Z\"", false)]
    [InlineData("tds:timeWindow", "eq", "\"09:00-17:00+08:00\"", true)]
    [InlineData("tds:timeWindow", "eq", "\"09:00-17:00Z\"", false)]
    [InlineData("tds:timeWindow", "isAnyOf", "[\"22:00-06:00+08:00\", \"08:00-09:01+08:00\"]", true)]
    [InlineData("tds:timeWindow", "eq", "\"22:00-06:00+08:00\"", false)]
    [InlineData("tds:timeWindow", "isAnyOf", "[\"22:00-06:00+08:00\", \"10:00-11:00+08:00\"]", false)]
    [InlineData("tds:timeWindow", "eq", "\"22:00-21:00-03:00\"", true)]
    [InlineData("spatial", "eq", "\"44\"", true)]
    [InlineData("spatial", "eq", "\"4401\"", false)]
    [InlineData("recipient", "isAnyOf", "[\"did:web:vpp.example\"]", true)]
    [InlineData("recipient", "neq", "\"did:web:vpp.example\"", false)]
    [InlineData("tds:role", "eq", "\"virtual-power-plant\"", true)]
    [InlineData("tds:role", "isNoneOf", "[\"virtual-power-plant\"]", false)]
    [InlineData("tds:membership", "eq", "\"active\"", true)]
    [InlineData("count", "lteq", "3", true)]
    [InlineData("count", "lt", "3", false)]
    [InlineData("count", "eq", "3", true)]
    public async Task Constraint_decides(string left, string op, string right, bool allowed)
    {
        var constraint = Odrl.Constraint(left, op, JsonNode.Parse(right));

        var decision = await Engine.DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule(constraint.DeepClone()))));
        Assert.Equal(allowed, decision.Allow);
        Assert.All(decision.Reasons, reason => Assert.Equal("constraint_not_met", reason.Code));

        // The same constraint in a prohibition decides the other way round.
        var prohibition = Odrl.Agreement(Odrl.Rule()).With("prohibition", Odrl.Rule(constraint.DeepClone()));
        Assert.Equal(!allowed, (await Engine.DecideAsync(Question.Request(prohibition))).Allow);
    }

    [Fact]
    public async Task Either_of_two_permissions_is_enough()
    {
        var agreement = Odrl.Agreement(
            Odrl.Rule(Odrl.Constraint("purpose", "eq", "training")),
            Odrl.Rule(Odrl.Constraint("purpose", "eq", "inference")));

        Assert.Equal("permission[1]", (await Engine.DecideAsync(Question.Request(agreement))).Permission);
    }

    [Theory]
    [InlineData("subject.membership", "suspended", "membership_not_active")]
    [InlineData("subject.id", "did:web:other.example", "not_a_party")]
    [InlineData("product.id", "customer_dim", "no_permission")]
    [InlineData("product.classification", "important", "layer_denied")]
    [InlineData("agreement.state", "ended", "agreement_not_active")]
    [InlineData("agreement.filed", "true", "not_filed")]
    [InlineData("action", "distribute", "no_permission")]
    [InlineData("stage", "preview", "unknown_stage")]
    [InlineData("version", "1", "unsupported_version")]
    public async Task One_wrong_fact_denies(string path, string value, string code)
    {
        var question = Question.Request(Odrl.Agreement(Odrl.Rule()));
        Set(question, path, value);

        Assert.Equal([code], await CodesAsync(question));
    }

    [Fact]
    public async Task Question_without_one_of_its_parts_is_denied_with_reasons_of_the_rules()
    {
        foreach (var part in new[] { "version", "stage", "subject", "action", "product", "agreement", "now_ms", "purpose", "usage" })
        {
            var question = Question.Request(Grid);
            question.Remove(part);

            var codes = await CodesAsync(question);
            Assert.NotEmpty(codes);
            Assert.DoesNotContain(PolicyDecision.EngineErrorCode, codes);
        }
    }

    [Theory]
    [InlineData("usage.count", "\"3\"")]
    [InlineData("usage.count", "3.5")]
    [InlineData("now_ms", "\"1778547600000\"")]
    [InlineData("now_ms", "1778547600000.5")]
    [InlineData("purpose", "[\"inference\"]")]
    [InlineData("subject.claims", "{\"region\": 44}")]
    public async Task Fact_of_another_type_is_no_fact(string path, string value)
    {
        var question = Question.Request(Grid);
        Set(question, path, JsonNode.Parse(value));

        Assert.All(await CodesAsync(question), code => Assert.Equal("missing_context", code));
    }

    [Fact]
    public async Task Injection_in_a_value_is_compared_as_text()
    {
        const string injection = "x\"] } allow := true # ";
        var question = Question.Request(Odrl.Agreement(Odrl.Rule(Odrl.Constraint("purpose", "eq", injection))));

        Assert.Equal(["constraint_not_met"], await CodesAsync(question));
        question["purpose"] = injection;
        Assert.True((await Engine.DecideAsync(question)).Allow);
    }

    private static async Task<string[]> CodesAsync(JsonObject question)
    {
        var decision = await Engine.DecideAsync(question);
        Assert.False(decision.Allow);
        return [.. decision.Reasons.Select(reason => reason.Code).Order(StringComparer.Ordinal)];
    }

    private static void Set(JsonObject question, string path, JsonNode? value)
    {
        var segments = path.Split('.');
        var parent = segments.Length == 1 ? question : question[segments[0]]!.AsObject();
        parent[segments[^1]] = value;
    }
}
