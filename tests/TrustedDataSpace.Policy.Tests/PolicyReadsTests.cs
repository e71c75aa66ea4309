using TrustedDataSpace.Policy.Bundles;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>What the rules can read is found before they are asked, and decides whether an answer may be used again.</summary>
public sealed class PolicyReadsTests
{
    [Fact]
    public void Policies_of_this_build_can_be_used_again_for_every_path()
    {
        var reads = PolicyBundleReads();

        Assert.Null(reads.WhyNot);
        Assert.True(reads.IsReusable);
        Assert.False(reads.ReadsRequestPath, string.Join(", ", reads.Inputs));
        Assert.False(reads.ReadsRequestMethod);
        Assert.True(reads.ReadsRequestAddress);
        Assert.True(reads.ReadsRequestApplication);
        Assert.True(reads.ReadsPurpose);
        Assert.True(reads.Reads("subject.claims"));
        Assert.True(reads.Reads("agreement"));
        Assert.False(reads.Reads("agree"));
        Assert.False(reads.Reads("trace"));
    }

    [Theory]
    [InlineData("deny contains {} if input.request.path == \"/secret\"")]
    [InlineData("deny contains {} if startswith(input.request[\"path\"], \"/secret\")")]
    [InlineData("deny contains {} if { some name; input.request[name] == \"/secret\" }")]
    [InlineData("deny contains {} if secret(input.request)\n\nsecret(request) if request.path == \"/secret\"")]
    [InlineData("duties contains \"log\" if secret\n\nsecret if { every part in [input.request.path] { part != \"\" } }")]
    [InlineData("deny contains {} if data.tds.layers.own.helper.secret\n\nhelper.secret if input.request.path")]
    [InlineData("deny contains {} if false\n\nelse_rule := 1\n\ndeny contains {} if { x := {y | y := input.request}; count(x) > 2 }")]
    public void Layer_that_reads_the_path_is_seen(string rules)
    {
        var reads = PolicyBundleReads(rules);

        Assert.True(reads.IsReusable, reads.WhyNot);
        Assert.True(reads.ReadsRequestPath, string.Join(", ", reads.Inputs));
    }

    [Theory]
    [InlineData("deny contains {} if input.now_ms > 5")]
    [InlineData("deny contains {} if time.now_ns() > 5")]
    [InlineData("deny contains {} if old\n\nold if input.now_ms > 5")]
    [InlineData("deny contains {} if data.tds.constraints.fact(\"dateTime\") > 5")]
    [InlineData("deny contains {} if input.usage.count > 5")]
    [InlineData("deny contains {} if input.usage[\"bytes\"] > 5")]
    [InlineData("deny contains {} if input.subject.standing_ms < 5")]
    [InlineData("deny contains {} if rand.intn(\"x\", 5) > 2")]
    [InlineData("deny contains {} if uuid.rfc4122(\"x\") == \"\"")]
    [InlineData("deny contains {} if object.get(input, \"now_ms\", 0) > 5")]
    [InlineData("deny contains {} if { some name; input[name] == 5 }")]
    [InlineData("deny contains {} if old(input)\n\nold(question) if question.now_ms > 5")]
    [InlineData("deny contains {} if json.marshal(input) == \"\"")]
    [InlineData("deny contains {} if input.usage.count > 5\n\nvalid_until_ms := 5")]
    public void Layer_that_may_change_its_mind_makes_answers_good_for_once(string rules)
    {
        var reads = PolicyBundleReads(rules);

        Assert.False(reads.IsReusable);
        Assert.Contains("layer own", reads.WhyNot!, StringComparison.Ordinal);
    }

    [Fact]
    public void Layer_that_bounds_its_own_answer_may_read_the_time()
    {
        var reads = PolicyBundleReads("deny contains {} if input.now_ms >= 1900000000000\n\nvalid_until_ms := 1900000000000");

        Assert.True(reads.IsReusable, reads.WhyNot);
        Assert.Equal(["own"], reads.TimedLayers);
    }

    [Fact]
    public void Nothing_is_used_again_before_the_first_bundle() => Assert.False(new EmbeddedPolicyEngine().Reads.IsReusable);

    [Fact]
    public void Bundle_without_validity_is_good_for_once()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.Create([new(".manifest", "{\"roots\": [\"tds\"], \"rego_version\": 1}"), new("tds/decision.rego", "package tds\n\ndecision := {\"allow\": false}\n")]));

        Assert.Contains("no module defines", engine.Reads.WhyNot!, StringComparison.Ordinal);
    }

    private static PolicyReads PolicyBundleReads(string? ownRules = null)
    {
        var engine = new EmbeddedPolicyEngine();
        var bundle = PolicyBundle.BuiltIn();
        engine.Replace(ownRules is null ? bundle : bundle.With(new("layers/own/own.rego", $"package tds.layers.own\n\n{ownRules}\n")));
        return engine.Reads;
    }
}
