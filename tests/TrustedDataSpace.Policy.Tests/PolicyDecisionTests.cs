using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests;

public sealed class PolicyDecisionTests
{
    private const string Reason = """{"code": "c", "term": "t", "message": "m", "remedy": "r"}""";

    [Fact]
    public void Allowed_answer_allows()
    {
        var decision = Read("""{"allow": true, "result": "allowed", "permission": "permission[0]", "reasons": [], "duties": []}""");

        Assert.True(decision.Allow);
        Assert.Equal("permission[0]", decision.Permission);
        Assert.Equal("r1", decision.Revision);
    }

    [Fact]
    public void Denied_answer_keeps_all_reasons()
    {
        var decision = Read($$"""{"allow": false, "result": "denied", "reasons": [{{Reason}}, {"code": "d", "message": "n"}], "duties": []}""");

        Assert.False(decision.Allow);
        Assert.Equal("denied", decision.Result);
        Assert.Equal([new PolicyReason("c", "t", "m", "r"), new PolicyReason("d", null, "n", null)], decision.Reasons);
    }

    [Fact]
    public void Conditional_answer_does_not_allow_yet()
    {
        var decision = Read($$"""{"allow": false, "result": "conditional", "reasons": [{{Reason}}], "duties": ["log"]}""");

        Assert.False(decision.Allow);
        Assert.Equal(["log"], decision.Duties);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("""{"allow": true}""")]
    [InlineData("""{"allow": "true", "result": "allowed", "permission": "p", "reasons": [], "duties": []}""")]
    [InlineData("""{"allow": 1, "result": "allowed", "permission": "p", "reasons": [], "duties": []}""")]
    [InlineData("""{"allow": true, "result": "allowed", "reasons": [], "duties": []}""")]
    [InlineData("""{"allow": true, "result": "denied", "permission": "p", "reasons": [], "duties": []}""")]
    [InlineData("""{"allow": true, "result": "conditional", "permission": "p", "reasons": [], "duties": ["log"]}""")]
    [InlineData("""{"allow": true, "result": "allowed", "permission": "p", "reasons": [], "duties": ["log"]}""")]
    [InlineData("""{"allow": true, "result": "allowed", "permission": "p", "reasons": [{"code": "c", "message": "m"}], "duties": []}""")]
    [InlineData("""{"allow": true, "result": "allowed", "permission": "p", "duties": []}""")]
    [InlineData("""{"allow": true, "result": "allowed", "permission": "p", "reasons": []}""")]
    [InlineData("""{"allow": false, "result": "allowed", "permission": "p", "reasons": [], "duties": []}""")]
    [InlineData("""{"allow": false, "result": "denied", "reasons": [], "duties": []}""")]
    [InlineData("""{"allow": false, "result": "denied", "reasons": ["c"], "duties": []}""")]
    [InlineData("""{"allow": false, "result": "conditional", "reasons": [{"code": "c", "message": "m"}], "duties": [5]}""")]
    [InlineData("""{"allow": false, "result": "maybe", "reasons": [{"code": "c", "message": "m"}], "duties": []}""")]
    public void Answer_outside_the_contract_denies(string output)
    {
        var decision = Read(output);

        Assert.False(decision.Allow);
        Assert.Equal("denied_by_default", decision.Result);
        Assert.Equal(PolicyDecision.EngineErrorCode, Assert.Single(decision.Reasons).Code);
    }

    private static PolicyDecision Read(string output) => PolicyDecision.FromOutput(RegoValue.FromJson(Odrl.Json(output)), "r1");
}
