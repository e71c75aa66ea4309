using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Protocol.Dsp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

public sealed class ContractTermsTests
{
    private const string Provider = "did:web:provider.example";
    private const string Consumer = "did:web:consumer.example";

    private static readonly PolicyDocument Asked = ContractTerms.ForMessage(
        PolicyDocument.Parse(
            """
            {"@type":"Offer","@id":"offer:1","tds:meter":{"unit":"request"},
             "permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":"100"}]}]}
            """),
        "curves");

    private static readonly PolicyDocument Agreed =
        ContractTerms.Agree(Asked, "urn:uuid:a", "curves", Provider, Consumer, new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_agreement_is_its_offer_between_two_named_parties()
    {
        Assert.Empty(Differences(Agreed));
        Assert.Equal("Agreement", Agreed.Type);
        Assert.Equal("2026-05-12T00:00:00.000Z", Agreed.Timestamp);
        Assert.Equal("request", Agreed.Element.GetProperty("tds:meter").GetProperty("unit").GetString());
    }

    [Theory]
    [InlineData("\"100\"", "\"101\"")]
    [InlineData("\"unit\":\"request\"", "\"unit\":\"row\"")]
    [InlineData("\"action\":\"use\"", "\"action\":\"display\"")]
    [InlineData("\"permission\":", "\"prohibition\":[{\"action\":\"use\"}],\"permission\":")]
    [InlineData("\"permission\":", "\"unknown\":1,\"permission\":")]
    [InlineData("\"target\":\"curves\"", "\"target\":\"other\"")]
    [InlineData(Provider, "did:web:other.example")]
    [InlineData(Consumer, "did:web:other.example")]
    [InlineData("\"timestamp\":", "\"time\":")]
    [InlineData("urn:uuid:a", "")]
    public void An_altered_agreement_is_found_out(string original, string altered)
    {
        var text = Agreed.ToString();
        Assert.Contains(original, text, StringComparison.Ordinal);
        Assert.NotEmpty(Differences(PolicyDocument.Parse(text.Replace(original, altered, StringComparison.Ordinal))));
    }

    [Fact]
    public void Spelling_that_means_the_same_json_is_no_difference() =>
        Assert.Empty(Differences(PolicyDocument.Parse(Agreed.ToString().Replace("\"use\"", "\"\\u0075se\"", StringComparison.Ordinal))));

    private static List<string> Differences(PolicyDocument agreement) => [.. ContractTerms.Differences(Asked, agreement, Provider, Consumer)];
}
