using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>Over all pairs of terms and all stages: what is added to a denied use never makes it allowed.</summary>
public sealed class NarrowingTests
{
    private static readonly EmbeddedPolicyEngine Engine = Question.BuiltInEngine();

    // For each operand one constraint that the question meets, and one that it does not meet.
    private static readonly (string Left, string Op, string Right)[] Terms =
    [
        ("purpose", "eq", "\"inference\""),
        ("purpose", "isNoneOf", "[\"inference\"]"),
        ("dateTime", "gteq", "\"2026-01-01T00:00:00Z\""),
        ("dateTime", "lt", "\"2026-01-01T00:00:00Z\""),
        ("tds:timeWindow", "eq", "\"09:00-10:00+08:00\""),
        ("tds:timeWindow", "eq", "\"10:00-09:00+08:00\""),
        ("spatial", "isAnyOf", "[\"44\"]"),
        ("spatial", "neq", "\"44\""),
        ("recipient", "eq", "\"did:web:vpp.example\""),
        ("recipient", "neq", "\"did:web:vpp.example\""),
        ("tds:role", "eq", "\"virtual-power-plant\""),
        ("tds:role", "eq", "\"bank\""),
        ("count", "lteq", "3"),
        ("count", "lt", "3"),
    ];

    private static readonly string[] Layers =
    [
        "deny contains {\"message\": \"no\"} if input.purpose == \"inference\"",
        "deny contains {\"message\": \"no\"} if input.stage in {\"catalog\", \"tick\"}",
        "deny contains \"no\" if not input.purpose",
        "deny := true",
        "duties contains \"log\"",
        "allow := true\n\ndecision := {\"allow\": true}\n\ndeny contains {\"message\": \"no\"} if false",
    ];

    [Fact]
    public async Task Added_prohibition_never_allows_what_was_denied()
    {
        foreach (var (stage, permission) in Cases())
        {
            var before = await AllowsAsync(Engine, Question.At(stage, Agreement(permission)));
            foreach (var prohibition in Terms)
            {
                var after = await AllowsAsync(Engine, Question.At(stage, Agreement(permission).With("prohibition", Rule(prohibition))));

                Assert.True(before || !after, $"{stage}: permission {permission}, prohibition {prohibition}");
            }
        }
    }

    [Fact]
    public async Task Added_constraint_never_allows_what_was_denied()
    {
        foreach (var (stage, permission) in Cases())
        {
            var before = await AllowsAsync(Engine, Question.At(stage, Agreement(permission)));
            foreach (var constraint in Terms.Where(term => term.Left != permission.Left || term == permission))
            {
                var after = await AllowsAsync(Engine, Question.At(stage, Odrl.Agreement(Rule(permission, constraint))));

                Assert.True(before || !after, $"{stage}: permission {permission}, constraint {constraint}");
            }
        }
    }

    [Fact]
    public async Task Removed_permission_never_allows_what_was_denied()
    {
        foreach (var (stage, permission) in Cases())
        {
            var one = await AllowsAsync(Engine, Question.At(stage, Agreement(permission)));
            foreach (var other in Terms)
            {
                var both = await AllowsAsync(Engine, Question.At(stage, Odrl.Agreement(Rule(permission), Rule(other))));

                Assert.True(both || !one, $"{stage}: permissions {permission} and {other}");
            }
        }
    }

    [Fact]
    public async Task Added_layer_never_allows_what_was_denied()
    {
        foreach (var layer in Layers)
        {
            var narrowed = new EmbeddedPolicyEngine();
            narrowed.Replace(PolicyBundle.BuiltIn().With(new("layers/own/own.rego", $"package tds.layers.own\n\n{layer}\n")));
            foreach (var (stage, permission) in Cases())
            {
                var before = await AllowsAsync(Engine, Question.At(stage, Agreement(permission)));
                var after = await AllowsAsync(narrowed, Question.At(stage, Agreement(permission)));

                Assert.True(before || !after, $"{stage}: permission {permission}, layer {layer}");
            }
        }
    }

    [Fact]
    public async Task Cases_hold_both_answers_at_every_stage()
    {
        foreach (var stage in Question.Stages)
        {
            var answers = new HashSet<bool>();
            foreach (var term in Terms)
            {
                answers.Add(await AllowsAsync(Engine, Question.At(stage, Agreement(term))));
            }

            Assert.Equal(2, answers.Count);
        }
    }

    private static IEnumerable<(string Stage, (string Left, string Op, string Right) Permission)> Cases() =>
        from stage in Question.Stages from term in Terms select (stage, term);

    private static JsonObject Agreement((string, string, string) permission) => Odrl.Agreement(Rule(permission));

    private static JsonObject Rule(params (string Left, string Op, string Right)[] terms) =>
        Odrl.Rule([.. terms.Select(term => (JsonNode)Odrl.Constraint(term.Left, term.Op, JsonNode.Parse(term.Right)))]);

    private static async Task<bool> AllowsAsync(EmbeddedPolicyEngine engine, JsonObject question) => (await engine.DecideAsync(question)).Allow;
}
