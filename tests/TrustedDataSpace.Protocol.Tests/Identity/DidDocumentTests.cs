using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dsp;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class DidDocumentTests
{
    private static readonly Did Grid = Did.Parse("did:web:grid.example");
    private static readonly SigningKey Key = SigningKey.Generate();

    [Fact]
    public void What_is_written_is_read_again()
    {
        var document = new DidDocument(
            Grid,
            [new DidKey($"{Grid}#{Key.Kid}", Key.Public, [VerificationRelationship.Authentication, VerificationRelationship.AssertionMethod])],
            [new DidService($"{Grid}#catalog", DidService.CatalogService, "https://grid.example/dsp/2025-1/catalog")]);
        var read = DidDocument.Read(ProtocolJson.Write(document.ToJson()), Grid);
        var key = Assert.Single(read.Keys);
        Assert.Equal((document.Keys[0].Id, Key.Public.Thumbprint), (key.Id, key.Key.Thumbprint));
        Assert.NotNull(read.Find(Key.Kid, VerificationRelationship.AssertionMethod));
        Assert.Null(read.Find(Key.Kid, VerificationRelationship.CapabilityInvocation));
        Assert.Equal(document.Services, read.Services);
    }

    [Fact]
    public void A_key_to_encrypt_to_serves_for_nothing_else_and_others_do_not_serve_for_that()
    {
        using var agreement = AgreementKey.Generate();
        var document = new DidDocument(
            Grid,
            [
                new DidKey($"{Grid}#{Key.Kid}", Key.Public, [VerificationRelationship.Authentication]),
                new DidKey($"{Grid}#{agreement.Kid}", agreement.Public, [VerificationRelationship.KeyAgreement]),
            ],
            []);
        var json = document.ToJson();
        Assert.Equal(("enc", "ECDH-ES"), (json["verificationMethod"]![1]!["publicKeyJwk"]!["use"]!.GetValue<string>(), json["verificationMethod"]![1]!["publicKeyJwk"]!["alg"]!.GetValue<string>()));
        Assert.Equal(agreement.Kid, DidDocument.Read(ProtocolJson.Write(json), Grid).AgreementKey!.Thumbprint);

        // The document names each key for everything: what the keys say of themselves binds.
        foreach (var use in Enum.GetValues<VerificationRelationship>())
        {
            json[JsonNamingPolicy.CamelCase.ConvertName(use.ToString())] = new JsonArray($"{Grid}#{Key.Kid}", $"{Grid}#{agreement.Kid}");
        }

        var read = DidDocument.Read(ProtocolJson.Write(json), Grid);
        Assert.Equal(agreement.Kid, read.AgreementKey!.Thumbprint);
        Assert.Null(read.Find(agreement.Kid, VerificationRelationship.Authentication));
        Assert.Null(read.Find(Key.Kid, VerificationRelationship.KeyAgreement));
        Assert.NotNull(read.Find(Key.Kid, VerificationRelationship.AssertionMethod));
    }

    [Fact]
    public void Service_entries_follow_the_protocols_schema()
    {
        var schemas = DspSchemas.OfTheSpecification();
        var document = new DidDocument(
            Grid,
            [],
            [
                new DidService($"{Grid}#catalog", DidService.CatalogService, "https://grid.example/dsp/2025-1/catalog"),
                new DidService($"{Grid}#dsp", DidService.DataService, "https://grid.example/.well-known/dspace-version"),
            ]).ToJson();
        var written = ProtocolJson.ToElement(document).GetProperty("service").EnumerateArray().ToList();
        Assert.Null(schemas.Fault("/common/did-service-schema.json", written[0]));

        // The schema asks every address to end with /catalog; the text (DSP §4.4) and the specification's own example let a data
        // service name its version document.
        Assert.EndsWith("pattern", schemas.Fault("/common/did-service-schema.json", written[1]), StringComparison.Ordinal);
        Assert.EndsWith("pattern", schemas.Fault("/common/did-service-schema.json", SpecFiles.Read("examples/common/dataservice-did-service.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_another_controls_or_that_is_of_another_kind_is_passed_over()
    {
        var document = Document(
            Method("#a", "did:web:elsewhere.example"),
            Method("#b", Grid.Value, """{"kty":"OKP","crv":"Ed25519","x":"AA"}"""),
            Method("#c", Grid.Value));
        var read = Read(document);
        Assert.Equal([$"{Grid}#c"], read.Keys.Select(key => key.Id));
    }

    [Fact]
    public void A_key_that_stands_inside_a_relationship_serves_for_that_alone()
    {
        var document = Document();
        document["assertionMethod"] = new JsonArray(Method("#in", Grid.Value));
        var read = Read(document);
        Assert.NotNull(read.Find($"{Grid}#in", VerificationRelationship.AssertionMethod));
        Assert.Null(read.Find($"{Grid}#in", VerificationRelationship.Authentication));
    }

    [Fact]
    public void A_relationship_cannot_borrow_the_key_of_another_document()
    {
        var document = Document(Method("#c", Grid.Value));
        document["assertionMethod"] = new JsonArray("did:web:elsewhere.example#c");
        Assert.Null(Read(document).Find($"{Grid}#c", VerificationRelationship.AssertionMethod));
    }

    [Fact]
    public void Two_keys_of_one_name_and_a_published_private_key_are_refused()
    {
        Assert.Throws<RefusalException>(() => Read(Document(Method("#c", Grid.Value), Method(Grid.Value + "#c", Grid.Value))));
        var leaked = JsonSerializer.SerializeToNode(Key.Public.Jwk, ProtocolJson.Options)!;
        leaked["d"] = "AAAA";
        Assert.Throws<RefusalException>(() => Read(Document(Method("#c", Grid.Value, leaked.ToJsonString()))));
    }

    private static DidDocument Read(JsonObject document) => DidDocument.Read(Encoding.UTF8.GetBytes(document.ToJsonString()), Grid);

    private static JsonObject Document(params JsonNode[] methods) => new() { ["id"] = Grid.Value, ["verificationMethod"] = new JsonArray(methods) };

    private static JsonObject Method(string id, string controller, string? jwk = null) => new()
    {
        ["id"] = id,
        ["type"] = "JsonWebKey2020",
        ["controller"] = controller,
        ["publicKeyJwk"] = jwk is null ? JsonSerializer.SerializeToNode(Key.Public.Jwk, ProtocolJson.Options) : JsonNode.Parse(jwk),
    };
}
