using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Opa;

public sealed class DecisionComparisonTests
{
    private const string Denied = """{"allow": false, "reasons": [{"code": "a"}, {"code": "b"}], "duties": ["x", "y"]}""";

    [Theory]
    [InlineData("""{"duties": ["y", "x"], "reasons": [{"code": "b"}, {"code": "a"}], "allow": false}""")]
    [InlineData(Denied)]
    public void Order_of_members_reasons_and_duties_has_no_meaning(string other) => Assert.True(Equal(Denied, other));

    [Theory]
    [InlineData("""{"allow": true, "reasons": [{"code": "a"}, {"code": "b"}], "duties": ["x", "y"]}""")]
    [InlineData("""{"allow": false, "reasons": [{"code": "a"}], "duties": ["x", "y"]}""")]
    [InlineData("""{"allow": false, "reasons": [{"code": "a"}, {"code": "b"}, {"code": "b"}], "duties": ["x", "y"]}""")]
    [InlineData("""{"allow": false, "reasons": [{"code": "a"}, {"code": "c"}], "duties": ["x", "y"]}""")]
    [InlineData("""{"allow": false, "reasons": [{"code": "a"}, {"code": "b"}], "duties": ["x", "y"], "more": 1}""")]
    [InlineData("null")]
    public void Anything_else_is_a_difference(string other) => Assert.False(Equal(Denied, other));

    [Fact]
    public void Undefined_equals_undefined_only()
    {
        Assert.True(DecisionComparison.AreEqual(null, null));
        Assert.False(DecisionComparison.AreEqual(null, RegoValue.ParseJson("null")));
    }

    private static bool Equal(string one, string other) => DecisionComparison.AreEqual(RegoValue.ParseJson(one), RegoValue.ParseJson(other));
}
