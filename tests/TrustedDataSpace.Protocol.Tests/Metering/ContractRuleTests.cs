using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Metering;

public sealed class ContractRuleTests
{
    [Theory]
    [InlineData("""{"format":"text/csv","columns":["a"],"row":[{"column":"a","operator":"eq","value":"1"}]}""")]
    [InlineData("""{"format":"text/csv","rows":[{"column":"a","operator":"eq","value":"1","or":[]}]}""")]
    public void Delivery_rule_with_a_part_that_is_not_known_is_refused(string rule) =>
        AssertRefused(() => DeliveryRule.From(Policy(DeliveryRule.Property, rule)));

    [Fact]
    public void Meter_rule_with_a_part_that_is_not_known_is_refused() =>
        AssertRefused(() => MeterRule.From(Policy(MeterRule.Property, """{"unit":"row","format":"text/csv","valuePerRecord":96}""")));

    private static void AssertRefused(Action read)
    {
        var refusal = Assert.Throws<RefusalException>(read);
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.DoesNotContain("TrustedDataSpace.", refusal.Message, StringComparison.Ordinal);
    }

    private static PolicyDocument Policy(string term, string rule) =>
        PolicyDocument.Parse($$"""{"@id":"o","@type":"Offer","permission":[{"action":"use"}],"{{term}}":{{rule}}}""");
}
