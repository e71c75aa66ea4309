using System.Text.Json;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Dcp;

public sealed class DcpFixtureTests
{
    private static readonly DcpSpec Spec = new();

    private static readonly Dictionary<string, Func<JsonElement, byte[]>> BySchema = new()
    {
        ["/issuance/credential-message-schema.json"] = Again<CredentialMessage>,
        ["/issuance/credential-object-schema.json"] = Object,
        ["/issuance/credential-offer-message-schema.json"] = Again<CredentialOfferMessage>,
        ["/issuance/credential-request-message-schema.json"] = Again<CredentialRequestMessage>,
        ["/issuance/credential-status-schema.json"] = Again<CredentialStatus>,
        ["/issuance/issuer-metadata-schema.json"] = Again<IssuerMetadata>,
        ["/presentation/presentation-query-message-schema.json"] = Again<PresentationQueryMessage>,
        ["/presentation/presentation-response-message-schema.json"] = Again<PresentationResponseMessage>,
    };

    public static TheoryData<string, string> Valid() => Fixtures(valid: true);

    public static TheoryData<string, string> Invalid() => Fixtures(valid: false);

    public static TheoryData<string> Examples() => [.. DcpSpec.Files("examples")];

    [Theory]
    [MemberData(nameof(Valid))]
    public void Valid_message_is_read_and_written_again_as_the_schema_asks(string file, string schema)
    {
        var message = DcpSpec.Read(file);
        Assert.Null(Spec.Fault(schema, message));

        var written = ProtocolJson.Parse(BySchema[schema](message));

        Assert.Null(Spec.Fault(schema, written));
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_message_is_refused_with_its_place(string file, string schema)
    {
        var message = DcpSpec.Read(file);
        Assert.NotNull(Spec.Fault(schema, message));

        var refusal = Assert.Throws<RefusalException>(() => BySchema[schema](message));

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.StartsWith("$", refusal.Where, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_of_the_specification_keeps_its_meaning(string file)
    {
        var message = DcpSpec.Read(file);
        var schema = BySchema.Keys.Single(key => key.Contains(message.GetProperty("type").GetString() switch
        {
            "CredentialObject" => "credential-object",
            "CredentialMessage" => "/credential-message",
            "CredentialOfferMessage" => "offer",
            "CredentialRequestMessage" => "request",
            "CredentialStatus" => "status",
            "IssuerMetadata" => "metadata",
            "PresentationQueryMessage" => "query",
            _ => "response",
        }, StringComparison.Ordinal));

        var written = ProtocolJson.Parse(BySchema[schema](message));

        Assert.Null(Spec.Fault(schema, written));
        Assert.Equal(CanonicalJson.Hash(WithoutContext(message)), CanonicalJson.Hash(WithoutContext(written)));
    }

    [Fact]
    public void There_are_as_many_fixtures_as_the_specification_has_and_each_schema_has_a_record()
    {
        Assert.Equal((10, 20), (Valid().Count, Invalid().Count));
        Assert.Equal(
            DcpSpec.Files("schemas").Select(file => file["schemas".Length..]).Where(file => file != "/common/context-schema.json"),
            BySchema.Keys.Order(StringComparer.Ordinal));
    }

    private static byte[] Again<T>(JsonElement message)
        where T : IDcpMessage
    {
        var written = DcpJson.Write(DcpJson.Read<T>(message));
        Assert.Null(Spec.Fault(ProtocolJson.Parse(written)));
        return written;
    }

    private static byte[] Object(JsonElement message)
    {
        var offer = DcpJson.Write(new CredentialOfferMessage { Issuer = "did:web:i.example", Credentials = [DcpJson.ReadObject(message)] });
        return ProtocolJson.Write(ProtocolJson.Parse(offer).GetProperty("credentials")[0]);
    }

    private static JsonElement WithoutContext(JsonElement message) =>
        ProtocolJson.ToElement(message.EnumerateObject().Where(p => p.Name != "@context").ToDictionary(p => p.Name, p => p.Value));

    private static TheoryData<string, string> Fixtures(bool valid)
    {
        var data = new TheoryData<string, string>();
        foreach (var fixture in DcpSpec.Fixtures().Where(f => f.Valid == valid))
        {
            data.Add(fixture.File, fixture.Schema);
        }

        return data;
    }
}
