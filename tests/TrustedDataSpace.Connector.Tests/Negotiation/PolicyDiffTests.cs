using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Protocol.Dsp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

public sealed class PolicyDiffTests
{
    [Fact]
    public void Every_change_of_the_terms_is_named_with_its_place()
    {
        var changes = PolicyDiff.Between(
            Offer(""" "permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":"5"}]}],"a/b~":"1","gone":"x" """),
            Offer(""" "permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":"9"},{"and":[]}]}],"a/b~":"2" """));
        Assert.Equal(
            [("/a~1b~0", "\"1\"", "\"2\""), ("/gone", "\"x\"", null), ("/permission/0/constraint/0/rightOperand", "\"5\"", "\"9\""), ("/permission/0/constraint/1", null, """{"and":[]}""")],
            changes.Select(change => (change.Path, change.From?.GetRawText(), change.To?.GetRawText())));
    }

    [Fact]
    public void Ids_parties_and_the_order_of_properties_are_no_changes()
    {
        var agreement = PolicyDocument.Parse("""{"permission":[{"action":"use"}],"assignee":"b","assigner":"a","@id":"x","@type":"Agreement","timestamp":"2026-05-12T00:00:00Z","target":"d"}""");
        Assert.Empty(PolicyDiff.Between(Offer(""" "permission":[{"action":"use"}] """), agreement));
    }

    [Fact]
    public void More_changes_than_people_read_are_shown_as_one()
    {
        var many = string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"p{i}\":\"1\""));
        var change = Assert.Single(PolicyDiff.Between(Offer(many), Offer(many.Replace("\"1\"", "\"2\"", StringComparison.Ordinal))));
        Assert.Equal("", change.Path);
        Assert.Equal("1", change.From!.Value.GetProperty("p100").GetString());
    }

    private static PolicyDocument Offer(string terms) => PolicyDocument.Parse($$"""{"@type":"Offer","@id":"o",{{terms}}}""");
}
