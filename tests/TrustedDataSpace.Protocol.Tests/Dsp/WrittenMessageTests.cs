using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dsp;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

public sealed class WrittenMessageTests
{
    private static readonly DspSchemas Schemas = DspSchemas.OfTheSpecification();
    private static readonly RefusalException Refusal = new(RefusalCode.InvalidTransition, "The transfer is COMPLETED.") { Remedy = "Start another." };
    private static readonly PolicyDocument Offer = PolicyDocument.Parse("""{"@type":"Offer","@id":"o","target":"d","permission":[{"action":"use"}]}""");

    [Fact]
    public void Errors_and_refusals_are_valid_by_the_schema()
    {
        AssertValid(CatalogError.From(Refusal), "/catalog/catalog-error-schema.json");
        AssertValid(ContractNegotiationError.From(Refusal, "p", null), "/negotiation/contract-negotiation-error-schema.json");
        AssertValid(TransferError.From(Refusal, null, "c"), "/transfer/transfer-error-schema.json");
        AssertValid(new TransferTerminationMessage { ProviderPid = "p", ConsumerPid = "c", Code = "policy_refused", Reason = DspReasons.Of("contract ended") },
            "/transfer/transfer-termination-message-schema.json");
        AssertValid(new ContractNegotiationTerminationMessage { ProviderPid = "p", ConsumerPid = "c" },
            "/negotiation/contract-negotiation-termination-message-schema.json");
    }

    [Fact]
    public void Refusal_names_reason_and_remedy_and_is_a_bad_request()
    {
        Assert.Equal("The transfer is COMPLETED. Start another.", Assert.Single(TransferError.From(Refusal, "p", "c").Reason!).GetString());
        Assert.Equal(400, DspReasons.HttpStatus(RefusalCode.InvalidTransition));
        Assert.Equal(404, DspReasons.HttpStatus(RefusalCode.NotFound));
    }

    [Fact]
    public void Negotiation_messages_are_valid_by_the_schema()
    {
        AssertValid(new ContractRequestMessage { ConsumerPid = "c", Offer = Offer, CallbackAddress = "https://c.example" },
            "/negotiation/contract-request-message-schema.json");
        AssertValid(new ContractOfferMessage { ProviderPid = "p", ConsumerPid = "c", Offer = Offer },
            "/negotiation/contract-offer-message-schema.json");
        AssertValid(new ContractNegotiationEventMessage { ProviderPid = "p", ConsumerPid = "c", EventType = NegotiationStates.Accepted },
            "/negotiation/contract-negotiation-event-message-schema.json");
    }

    [Fact]
    public void Start_carries_the_address_and_its_token()
    {
        var start = new TransferStartMessage
        {
            ProviderPid = "p",
            ConsumerPid = "c",
            DataAddress = new DataAddress
            {
                EndpointType = DspConstants.HttpEndpointType,
                Endpoint = "https://p.example/data/f",
                EndpointProperties = [new EndpointProperty { Name = DspConstants.AuthorizationProperty, Value = "token" }],
            },
        };
        AssertValid(start, "/transfer/transfer-start-message-schema.json");
        Assert.Equal("token", DspJson.Read<TransferStartMessage>(DspJson.Write(start)).DataAddress?.Property(DspConstants.AuthorizationProperty));
    }

    [Fact]
    public void Catalog_with_and_without_datasets_is_valid_by_the_schema()
    {
        var catalog = new Catalog { Id = "k", ParticipantId = "did:web:p.example" };
        AssertValid(catalog, "/catalog/catalog-schema.json");
        AssertValid(catalog with
        {
            Services = [new DataService { Id = "s", EndpointUrl = "https://p.example/dsp" }],
            Datasets =
            [
                new Dataset
                {
                    Id = "d",
                    Offers = [PolicyDocument.Parse("""{"@type":"Offer","@id":"o","permission":[{"action":"use"}]}""")],
                    Distributions = [new Distribution { Format = DspConstants.HttpPull, AccessService = new AccessService("s") }],
                    More = new Dictionary<string, System.Text.Json.JsonElement> { ["dct:title"] = ProtocolJson.ToElement("负荷曲线") },
                },
            ],
        }, "/catalog/catalog-schema.json");
    }

    [Fact]
    public void Version_document_is_valid_by_the_schema_and_tells_the_path()
    {
        var document = new VersionDocument
        {
            ProtocolVersions =
            [
                new ProtocolVersion { Version = DspConstants.Version, Path = "/dsp/2025-1", Binding = DspConstants.HttpsBinding },
                new ProtocolVersion
                {
                    Version = "2026-1",
                    Path = "/dsp/2026-1",
                    Binding = DspConstants.HttpsBinding,
                    IdentifierType = "did:web",
                    ServiceId = "did:web:vpp.example#dsp",
                    Auth = new VersionAuth { Protocol = "OAuth", Version = "2.0", Profile = [DspConstants.MembershipProfile] },
                },
            ],
        };
        Assert.Null(Schemas.Fault("/common/protocol-version-schema.json", ProtocolJson.ToElement(document)));
        Assert.Equal("/dsp/2025-1", document.PathOf(DspConstants.Version));
        Assert.Null(document.PathOf("2024-1"));
    }

    private static void AssertValid<T>(T message, string schema)
        where T : IDspMessage
    {
        var written = DspJson.ToElement(message);
        Assert.Null(Schemas.Fault(schema, written));
        Assert.Equal(CanonicalJson.Hash(written), CanonicalJson.Hash(DspJson.ToElement(DspJson.Read<T>(written))));
    }
}
