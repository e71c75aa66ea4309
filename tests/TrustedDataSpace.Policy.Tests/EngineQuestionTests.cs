using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Tests.Agreements;
using TrustedDataSpace.Policy.Tests.Opa;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>A question with prepared members has the answer of the one text that it stands for, and is that text to whoever asks for it.</summary>
public sealed class EngineQuestionTests
{
    private static readonly EmbeddedPolicyEngine Engine = Question.BuiltInEngine();

    [Fact]
    public async Task Prepared_members_and_one_text_have_the_same_answer()
    {
        var dice = new Dice(20261129);
        var asked = 0;
        foreach (var line in QuestionSet.Lines())
        {
            if (JsonNode.Parse(line)!["input"] is not JsonObject question)
            {
                continue;
            }

            foreach (var names in new[] { ["version", "space", "action", "subject", "product", "agreement"], question.Select(member => member.Key).Where(_ => dice.Next(2) == 0).ToArray() })
            {
                var prepared = Prepared(question, names);
                Assert.Equal(RegoValue.ParseJson(question.ToJsonString()), RegoValue.ParseJson(Text(prepared)));
                var (answer, reusable) = (Text(await Engine.DecideAsync(question)), Text(await AskForReuseAsync(Engine, Encoding.UTF8.GetBytes(question.ToJsonString()))));

                // The second time with what was kept of the first one.
                for (var i = 0; i < 2; i++)
                {
                    Assert.Equal(answer, Text(await AskAsync(Engine, prepared)));
                    Assert.Equal(reusable, Text(await AskForReuseAsync(Engine, prepared)));
                    asked++;
                }
            }
        }

        Assert.True(asked > 800, $"{asked} asked");
    }

    [Theory]
    [InlineData("{}", "{}", "{}")]
    [InlineData("{}", """{"a":1}""", """{"a":1}""")]
    [InlineData("""{"a":1}""", "{}", """{"a":1}""")]
    [InlineData("""{"a":1}""", "{ \n}", """{"a":1}""")]
    [InlineData(" {\"a\":1 }\n", """{"b":[2]}""", """{"a":1,"b":[2]}""")]
    [InlineData("""{"a":1,"b":2}""", """{"b":3,"c":4}""", """{"a":1,"b":3,"c":4}""")]
    [InlineData("""{"\u0061":1}""", """{"b":2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1}""", """{"b":2,"\u0061":3}""", """{"a":3,"b":2}""")]
    public async Task Members_of_its_own_stand_behind_those_in_common_and_count_more(string common, string own, string expected)
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(Reader("input"));
        var question = new EngineQuestion(new CommonMembers(Encoding.UTF8.GetBytes(common)), Encoding.UTF8.GetBytes(own));

        Assert.Equal(RegoValue.ParseJson(expected), RegoValue.ParseJson(Text(question)));
        Assert.Equal(RegoValue.ParseJson(expected).ToJsonString(), (await AskAsync(engine, question)).Permission);
    }

    [Fact]
    public async Task More_members_than_are_learnt_are_read_all_the_same()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(Reader("input"));
        var members = new JsonObject([.. Enumerable.Range(0, 100).Select(i => KeyValuePair.Create($"member-{i}", (JsonNode?)i))]);
        var question = new EngineQuestion(Common(members), """{"member-7":"other","z":true}"""u8.ToArray());
        members["member-7"] = "other";
        members["z"] = true;

        Assert.Equal(RegoValue.ParseJson(members.ToJsonString()).ToJsonString(), (await AskAsync(engine, question)).Permission);
    }

    [Fact]
    public async Task Members_prepared_for_one_bundle_are_read_anew_for_the_next()
    {
        var engine = new EmbeddedPolicyEngine();
        var question = new EngineQuestion(Common(new JsonObject { ["purpose"] = "inference", ["never heard of"] = new JsonObject { ["x"] = 1 } }), "{}"u8.ToArray());
        foreach (var rule in new[] { "input.purpose", "input[\"never heard of\"]", "input.purpose" })
        {
            engine.Replace(Reader(rule));
            Assert.Equal(rule == "input.purpose" ? "\"inference\"" : """{"x":1}""", (await AskAsync(engine, question)).Permission);
        }
    }

    [Fact]
    public async Task Members_in_common_serve_many_at_once()
    {
        var whole = Question.Request(Odrl.Agreement(Odrl.Rule(Odrl.Constraint("count", "lteq", 500))));
        var usage = whole["usage"]!;
        whole.Remove("usage");
        var common = Common(whole);
        var allowed = await Task.WhenAll(Enumerable.Range(1, 1000).Select(count => Task.Run(async () =>
        {
            var own = new JsonObject { ["usage"] = new JsonObject { ["count"] = count } };
            return (await AskAsync(Engine, new EngineQuestion(common, Encoding.UTF8.GetBytes(own.ToJsonString())))).Allow;
        })));

        Assert.Equal(Enumerable.Range(1, 1000).Select(count => count <= 500), allowed);
        Assert.Equal(3, (int)usage["count"]!);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":")]
    [InlineData("")]
    public void What_is_no_object_cannot_be_prepared(string json) => Assert.ThrowsAny<JsonException>(() => new CommonMembers(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData(" {}")]
    public void What_is_no_object_cannot_stand_behind_prepared_members(string json) =>
        Assert.Throws<ArgumentException>(() => new EngineQuestion(new CommonMembers("{}"u8), Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("{\"stage\":}")]
    [InlineData("{}{}")]
    [InlineData("{\"stage\":\"request\"}}")]
    public async Task Members_of_its_own_that_are_not_json_are_denied(string own)
    {
        var decision = await AskAsync(Engine, new EngineQuestion(new CommonMembers("""{"version":1}"""u8), Encoding.UTF8.GetBytes(own)));

        Assert.Equal(PolicyDecision.EngineErrorCode, Assert.Single(decision.Reasons).Code);
    }

    private static EngineQuestion Prepared(JsonObject question, string[] names)
    {
        var common = new JsonObject(question.Where(member => names.Contains(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        var own = new JsonObject(question.Where(member => !names.Contains(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        return new EngineQuestion(Common(common), Encoding.UTF8.GetBytes(own.ToJsonString()));
    }

    private static CommonMembers Common(JsonObject members) => new(Encoding.UTF8.GetBytes(members.ToJsonString()));

    // Says what it was asked.
    private static PolicyBundle Reader(string what) => PolicyBundle.Create(
        [
            new(".manifest", """{"roots": ["tds"]}"""),
            new("tds/decision.rego", $$"""
                package tds

                decision := {"allow": true, "result": "allowed", "permission": json.marshal({{what}}), "reasons": [], "duties": []}
                """),
        ]);

    private static async Task<PolicyDecision> AskAsync(EmbeddedPolicyEngine engine, EngineQuestion question) =>
        await engine.DecideAsync(question, TestContext.Current.CancellationToken);

    private static async Task<PolicyDecision> AskForReuseAsync(EmbeddedPolicyEngine engine, EngineQuestion question) =>
        await engine.DecideForReuseAsync(question, TestContext.Current.CancellationToken);

    private static string Text(EngineQuestion question) => Encoding.UTF8.GetString(question.ToJson().Span);

    private static string Text(PolicyDecision decision) =>
        $"{decision.Result} {decision.Permission} {string.Join('\n', decision.Reasons)} {decision.Validity?.UntilMs} {string.Join(", ", decision.Validity?.AtMost ?? new Dictionary<string, long>())}";
}
