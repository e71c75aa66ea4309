using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

public sealed class DeniedDecisionTests
{
    [Fact]
    public void The_log_keeps_code_and_term_and_no_text_with_values_of_the_case()
    {
        var denied = PolicyDecision.Denied([new PolicyReason("constraint_not_met", "permission[0].constraint[0]", "Li Wei is in region 31", "be in region 44")], "r1");

        var kept = ProtocolJson.ToElement(DeniedDecision.Evidence("transfer", "did:web:peer.example", denied)(null));

        var reason = Assert.Single(kept.GetProperty("reasons").EnumerateArray());
        Assert.Equal("""{"code":"constraint_not_met","term":"permission[0].constraint[0]"}""", reason.GetRawText());
        Assert.DoesNotContain("Li Wei", kept.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("Li Wei", DeniedDecision.Texts(denied).Single(), StringComparison.Ordinal);
    }
}
