using System.Text;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

public sealed class DspJsonTests
{
    private const string Head = """ "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], """;
    private const string Offer = """{"@type":"Offer","@id":"o1","target":"d1","permission":[{"action":"use"}]}""";

    [Theory]
    [InlineData("""{"@type":"TransferProcess"}""", "$.@context")]
    [InlineData("""{"@context":"https://w3id.org/dspace/2025/1/context.jsonld"}""", "$.@context")]
    [InlineData("""{"@context":["https://www.w3.org/ns/odrl.jsonld"]}""", "$.@context")]
    [InlineData("""{"@context":["https://w3id.org/dspace/2025/1/context.jsonld",{"use":"tds:sell"}]}""", "$.@context[1]")]
    [InlineData("[]", "$")]
    public void Context_that_is_not_the_protocols_is_refused(string message, string where) =>
        AssertRefused<TransferProcess>(message, RefusalCode.Malformed, where);

    [Fact]
    public void Unknown_context_is_refused_because_it_could_change_the_terms() =>
        AssertRefused<TransferProcess>(
            """{"@context":["https://w3id.org/dspace/2025/1/context.jsonld","https://evil.example/c.jsonld"],"@type":"TransferProcess"}""",
            RefusalCode.Unsupported, "$.@context[1]");

    [Fact]
    public void Message_of_another_type_is_refused() =>
        AssertRefused<TransferProcess>($$"""{ {{Head}} "@type":"ContractNegotiation","providerPid":"p","consumerPid":"c","state":"REQUESTED"}""",
            RefusalCode.Malformed, "$.@type");

    [Fact]
    public void Duplicate_property_is_refused() =>
        AssertRefused<TransferProcess>(
            $$"""{ {{Head}} "@type":"TransferProcess","providerPid":"p","consumerPid":"c","state":"STARTED","state":"TERMINATED"}""",
            RefusalCode.Malformed, "$");

    [Fact]
    public void Null_in_a_list_is_refused() =>
        Assert.Contains("service", Refused<Catalog>($$"""{ {{Head}} "@type":"Catalog","@id":"k","participantId":"p","service":[null]}""").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"@type":"Offer","@id":"o1","target":"d1","permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":5}]}]}""", "offer.permission[0].constraint[0].rightOperand")]
    [InlineData("""{"@type":"Offer","@id":"o1","target":"d1","permission":{"action":"use"}}""", "offer.permission")]
    [InlineData("""{"@type":"Offer","@id":"o1","permission":[{"action":"use"}]}""", "offer.target")]
    [InlineData("""{"@type":"Set","@id":"o1","target":"d1","permission":[{"action":"use"}]}""", "offer.@type")]
    public void Fault_in_an_offer_is_named_with_its_place(string offer, string place)
    {
        var refusal = Refused<ContractOfferMessage>($$"""{ {{Head}} "@type":"ContractOfferMessage","providerPid":"p","consumerPid":"c","offer":{{offer}}}""");
        Assert.Contains(place, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(""" "callbackAddress":"https://c.example", """, true)]
    [InlineData(""" "providerPid":"p", """, true)]
    [InlineData(""" "providerPid":"p","callbackAddress":"https://c.example", """, false)]
    public void Request_is_either_the_first_or_a_later_one(string part, bool valid)
    {
        var message = $$"""{ {{Head}} "@type":"ContractRequestMessage", {{part}} "consumerPid":"c","offer":{{Offer}}}""";
        Assert.Equal(valid, Record.Exception(() => Read<ContractRequestMessage>(message)) is null);
    }

    [Fact]
    public void Offer_keeps_what_we_do_not_know()
    {
        const string offer = """{"@type":"Offer","@id":"o1","target":"d1","x:note":[1.50,null],"permission":[{"action":"use"}]}""";
        var message = Read<ContractOfferMessage>($$"""{ {{Head}} "@type":"ContractOfferMessage","providerPid":"p","consumerPid":"c","offer":{{offer}}}""");

        Assert.Equal(offer, DspJson.ToElement(message).GetProperty("offer").GetRawText());
        Assert.Equal(PolicyDocument.Parse(offer), message.Offer);
        Assert.Equal("d1", message.Offer.Target);
    }

    [Fact]
    public void Agreement_hash_does_not_depend_on_order_or_white_space() => Assert.Equal(
        PolicyDocument.Parse("""{"@id":"a","@type":"Agreement"}""").Hash,
        PolicyDocument.Parse("""{ "@type": "Agreement", "@id": "a" }""").Hash);

    [Fact]
    public void Terms_are_the_same_whatever_frame_they_stand_in_and_others_are_not()
    {
        const string terms = "\"permission\":[{\"action\":\"use\"}],\"x:note\":null";
        var offer = PolicyDocument.Parse($$"""{"@context":["c"],"@type":"Offer","@id":"o","assigner":"did:web:p",{{terms}}}""");
        var agreement = PolicyDocument.Parse($$"""{ {{terms}} , "@type":"Agreement","@id":"a","assigner":"did:web:p","assignee":"did:web:c","target":"t","timestamp":"2026-05-12T00:00:00Z"}""");
        Assert.Equal(CanonicalJson.Hash(ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes("{" + terms + "}"))), offer.TermsHash);
        Assert.Equal(offer.TermsHash, agreement.TermsHash);
        Assert.NotEqual(offer.Hash, agreement.Hash);
        Assert.NotEqual(offer.TermsHash, PolicyDocument.Parse($$"""{"@type":"Offer","@id":"o","permission":[{"action":"use"}]}""").TermsHash);
    }

    [Fact]
    public void A_message_with_an_id_is_read_as_the_same_message()
    {
        var id = Guid.Parse("0197c8a0-0000-7000-8000-000000000001");
        var message = new ContractNegotiationEventMessage { ProviderPid = "p", ConsumerPid = "c", EventType = NegotiationStates.Accepted };
        var written = ProtocolJson.Parse(DspJson.Write(message, id));
        Assert.Equal("urn:uuid:" + id, written.GetProperty("@id").GetString());
        Assert.Equal(message, DspJson.Read<ContractNegotiationEventMessage>(written));
        Assert.False(DspJson.ToElement(message).TryGetProperty("@id", out _));
    }

    [Fact]
    public void Single_item_without_brackets_is_read_as_a_list()
    {
        var catalog = Read<Catalog>($$"""
            { {{Head}} "@type":"Catalog","@id":"k","participantId":"did:web:p.example","dataset":{"@id":"d1",
              "hasPolicy":{"@type":"Offer","@id":"o1","permission":[{"action":"use"}]},"distribution":{"format":"HttpData-PULL","accessService":"s"} } }
            """);
        Assert.Equal("o1", Assert.Single(Assert.Single(catalog.Datasets).Offers).Id);
    }

    [Fact]
    public void Fault_deep_in_a_catalog_is_named_with_its_place()
    {
        var refusal = Refused<Catalog>($$"""
            { {{Head}} "@type":"Catalog","@id":"k","participantId":"did:web:p.example","dataset":[{"@id":"d1",
              "hasPolicy":[{"@type":"Offer","@id":"o1","target":"d1","permission":[{"action":"use"}]}],"distribution":[{"format":"f","accessService":"s"}]}]}
            """);
        Assert.StartsWith("$.dataset", refusal.Where, StringComparison.Ordinal);
        Assert.Contains("hasPolicy[0].target", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_of_a_data_address_is_not_told_by_ToString()
    {
        var address = new DataAddress
        {
            EndpointType = DspConstants.HttpEndpointType,
            EndpointProperties = [new EndpointProperty { Name = DspConstants.AuthorizationProperty, Value = "secret" }],
        };
        Assert.DoesNotContain("secret", $"{address} {address.EndpointProperties[0]}", StringComparison.Ordinal);
        Assert.Equal("secret", address.Property(DspConstants.AuthorizationProperty));
    }

    [Fact]
    public void Fault_of_ours_is_no_business_of_a_stranger()
    {
        var error = TransferError.From(new RefusalException(RefusalCode.Internal, "disk /var/x is full") { Term = "x" }, "p", null);
        Assert.DoesNotContain("disk", Encoding.UTF8.GetString(DspJson.Write(error)), StringComparison.Ordinal);
        Assert.Equal("", error.ConsumerPid);
    }

    [Theory]
    [InlineData("https://c.example/dsp")]
    [InlineData("https://c.example/dsp/")]
    public void Callback_address_may_end_with_a_slash(string callback) => Assert.Equal(
        "https://c.example/dsp/negotiations/urn%3Auuid%3A1%2F..%2F2/agreement/verification",
        DspRoutes.At(callback, DspRoutes.NegotiationVerification("urn:uuid:1/../2")).AbsoluteUri);

    private static T Read<T>(string json)
        where T : IDspMessage => DspJson.Read<T>(Encoding.UTF8.GetBytes(json));

    private static RefusalException Refused<T>(string json)
        where T : IDspMessage => Assert.Throws<RefusalException>(() => Read<T>(json));

    private static void AssertRefused<T>(string json, RefusalCode code, string where)
        where T : IDspMessage
    {
        var refusal = Refused<T>(json);
        Assert.Equal((code, where), (refusal.Code, refusal.Where));
        Assert.DoesNotContain("TrustedDataSpace.", refusal.Message, StringComparison.Ordinal);
    }
}
