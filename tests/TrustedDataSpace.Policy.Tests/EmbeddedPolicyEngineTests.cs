using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

public sealed class EmbeddedPolicyEngineTests
{
    private const string Allowed = """{"allow": true, "result": "allowed", "permission": "p", "reasons": [], "duties": []}""";

    [Fact]
    public async Task Before_the_first_bundle_everything_is_denied()
    {
        var engine = new EmbeddedPolicyEngine();

        await AssertEngineErrorAsync(engine, "no policy bundle");
        Assert.Equal("none", engine.Revision);
    }

    [Theory]
    [InlineData("decision := 1 if input.never", "no answer")]
    [InlineData("decision := true", "not readable")]
    [InlineData("""decision := {"allow": true}""", "not readable")]
    [InlineData("""decision := {"allow": true, "result": "allowed", "permission": "p", "reasons": [], "duties": ["log"]}""", "contradicts itself")]
    [InlineData("decision := 1\n\ndecision := 2", "eval_conflict_error")]
    [InlineData("decision := to_number(input.stage)", "eval_builtin_error")]
    public async Task Answer_that_is_none_denies(string rules, string message) => await AssertEngineErrorAsync(Engine(rules), message);

    [Fact]
    public async Task Exceeded_budget_denies()
    {
        var engine = new EmbeddedPolicyEngine(limits: new EvaluationLimits { MaxInstructions = 10 });
        engine.Replace(PolicyBundle.BuiltIn());

        await AssertEngineErrorAsync(engine, "budget_exceeded");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("allow")]
    public async Task Question_that_is_not_json_is_denied(string question)
    {
        var decision = await Engine($"decision := {Allowed}").DecideAsync(Encoding.UTF8.GetBytes(question));

        Assert.False(decision.Allow);
        Assert.Equal(PolicyDecision.EngineErrorCode, Assert.Single(decision.Reasons).Code);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"allow\"")]
    [InlineData("{}")]
    [InlineData("""{"stage": "catalog", "agreement": 5}""")]
    [InlineData("""{"stage": "request", "subject": [], "product": 1, "agreement": {"permissions": 1, "prohibitions": "x", "duties": {}}}""")]
    public async Task Question_of_another_form_is_denied_by_the_rules(string question)
    {
        var decision = await Question.BuiltInEngine().DecideAsync(Encoding.UTF8.GetBytes(question));

        Assert.False(decision.Allow);
        Assert.Contains(decision.Reasons, reason => reason.Code == "unsupported_version");
    }

    [Fact]
    public async Task Builtin_error_in_a_layer_denies()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.BuiltIn().With(new("layers/own/own.rego",
            """
            package tds.layers.own

            deny contains {"message": "too many"} if to_number(input.purpose) > 5
            """)));

        var decision = await engine.DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule())));

        Assert.Equal(PolicyDecision.EngineErrorCode, Assert.Single(decision.Reasons).Code);
    }

    [Fact]
    public async Task Denial_of_a_layer_counts_in_any_form()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.BuiltIn().With(new("layers/own/own.rego", "package tds.layers.own\n\ndeny contains \"no\"\n")));

        var decision = await engine.DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule())));

        Assert.Equal("denied", decision.Result);
        Assert.Equal(("layer_denied", "own"), (decision.Reasons[0].Code, decision.Reasons[0].Term));
    }

    [Fact]
    public async Task Cancelled_question_has_no_answer()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Question.BuiltInEngine().DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule())).Json(), cancelled.Token));
    }

    [Fact]
    public async Task New_bundle_decides_at_once_and_names_its_revision()
    {
        var engine = Engine($"decision := {Allowed}");
        var first = engine.Revision;
        Assert.True((await engine.DecideAsync(new JsonObject())).Allow);

        engine.Replace(PolicyBundle.BuiltIn());

        var decision = await engine.DecideAsync(new JsonObject());
        Assert.False(decision.Allow);
        Assert.Equal(PolicyBundle.BuiltIn().Revision, decision.Revision);
        Assert.NotEqual(first, decision.Revision);
    }

    [Fact]
    public async Task Bad_bundle_is_refused_and_the_one_in_use_stays()
    {
        var engine = Question.BuiltInEngine();
        var revision = engine.Revision;

        Assert.Throws<RegoCompileException>(() => engine.Replace(Bundle("decision := {")));
        Assert.Throws<RegoCompileException>(() => engine.Replace(Bundle("decision := no_such_function(1)")));
        Assert.Throws<PolicyBundleException>(() => engine.Replace(Bundle("answer := 1")));

        Assert.Equal(revision, engine.Revision);
        Assert.True((await engine.DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule())))).Allow);
    }

    [Theory]
    [InlineData("tds.layers.own", "denies contains 1")]
    [InlineData("tds.layers.own", "deny(question) if question")]
    [InlineData("tds.layers.own.more", "deny contains 1")]
    public void Layer_that_can_never_deny_is_refused(string package, string rule)
    {
        var bundle = PolicyBundle.BuiltIn().With(new("layers/own/own.rego", $"package {package}\n\n{rule}\n"));

        Assert.Contains("neither deny nor duties", Assert.Throws<PolicyBundleException>(() => new EmbeddedPolicyEngine().Replace(bundle)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layer_that_reads_the_decision_is_refused() =>
        Assert.Throws<RegoCompileException>(() => new EmbeddedPolicyEngine().Replace(PolicyBundle.BuiltIn().With(new("layers/own/own.rego",
            """
            package tds.layers.own

            deny contains {"message": "no"} if data.tds.decision.allow
            """))));

    [Fact]
    public async Task One_engine_answers_many_at_once()
    {
        var engine = Question.BuiltInEngine();
        var agreement = Odrl.Agreement(Odrl.Rule(Odrl.Constraint("count", "lteq", 50)));

        var allowed = await Task.WhenAll(Enumerable.Range(1, 100).Select(count => Task.Run(async () =>
        {
            var question = Question.Request(agreement);
            question["usage"]!["count"] = count;
            return (await engine.DecideAsync(question)).Allow;
        })));

        Assert.Equal(Enumerable.Range(1, 100).Select(count => count <= 50), allowed);
    }

    private static EmbeddedPolicyEngine Engine(string rules)
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(Bundle(rules));
        return engine;
    }

    private static PolicyBundle Bundle(string rules) =>
        PolicyBundle.Create([new(".manifest", """{"roots": ["tds"]}"""), new("tds/decision.rego", $"package tds\n\n{rules}\n")]);

    private static async Task AssertEngineErrorAsync(EmbeddedPolicyEngine engine, string message)
    {
        var decision = await engine.DecideAsync(Question.Request(Odrl.Agreement(Odrl.Rule())));

        Assert.False(decision.Allow);
        var reason = Assert.Single(decision.Reasons);
        Assert.Equal(PolicyDecision.EngineErrorCode, reason.Code);
        Assert.Contains(message, reason.Message, StringComparison.Ordinal);
    }
}
