using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

/// <summary>Which record reads which schema, and the other way: reading and writing again.</summary>
internal static class SpecMessages
{
    public static IReadOnlyDictionary<string, Func<JsonElement, byte[]>> BySchema { get; } = new Dictionary<string, Func<JsonElement, byte[]>>
    {
        ["/catalog/catalog-schema.json"] = Again<Catalog>,
        ["/catalog/dataset-schema.json"] = Again<Dataset>,
        ["/catalog/catalog-request-message-schema.json"] = Again<CatalogRequestMessage>,
        ["/catalog/dataset-request-message-schema.json"] = Again<DatasetRequestMessage>,
        ["/catalog/catalog-error-schema.json"] = Again<CatalogError>,
        ["/common/protocol-version-schema.json"] = e => ProtocolJson.Write(ProtocolJson.Read<VersionDocument>(e)),
        ["/negotiation/contract-request-message-schema.json"] = Again<ContractRequestMessage>,
        ["/negotiation/contract-offer-message-schema.json"] = Again<ContractOfferMessage>,
        ["/negotiation/contract-agreement-message-schema.json"] = Again<ContractAgreementMessage>,
        ["/negotiation/contract-agreement-verification-message-schema.json"] = Again<ContractAgreementVerificationMessage>,
        ["/negotiation/contract-negotiation-event-message-schema.json"] = Again<ContractNegotiationEventMessage>,
        ["/negotiation/contract-negotiation-termination-message-schema.json"] = Again<ContractNegotiationTerminationMessage>,
        ["/negotiation/contract-negotiation-schema.json"] = Again<ContractNegotiation>,
        ["/negotiation/contract-negotiation-error-schema.json"] = Again<ContractNegotiationError>,
        ["/negotiation/contract-schema.json"] = Policy,
        ["/transfer/transfer-request-message-schema.json"] = Again<TransferRequestMessage>,
        ["/transfer/transfer-start-message-schema.json"] = Again<TransferStartMessage>,
        ["/transfer/transfer-completion-message-schema.json"] = Again<TransferCompletionMessage>,
        ["/transfer/transfer-suspension-message-schema.json"] = Again<TransferSuspensionMessage>,
        ["/transfer/transfer-termination-message-schema.json"] = Again<TransferTerminationMessage>,
        ["/transfer/transfer-process-schema.json"] = Again<TransferProcess>,
        ["/transfer/transfer-error-schema.json"] = Again<TransferError>,
        ["/transfer/data-address-schema.json"] = Address,
        // An abstract message; the error is the least that it can be.
        ["/transfer/transfer-schema.json"] = Again<TransferError>,
    };

    public static string SchemaOf(JsonElement message) => DspJson.TypeOf(message) switch
    {
        "Catalog" => "/catalog/catalog-schema.json",
        "Dataset" => "/catalog/dataset-schema.json",
        { } type => BySchema.Keys.Single(k => Path.GetFileName(k).Replace("-", "", StringComparison.Ordinal)
            .Equals(type + "schema.json", StringComparison.OrdinalIgnoreCase)),
        null => "/common/protocol-version-schema.json",
    };

    private static byte[] Again<T>(JsonElement message)
        where T : IDspMessage => DspJson.Write(DspJson.Read<T>(message));

    /// <summary>A policy never travels alone: it is read inside the message that carries it.</summary>
    private static byte[] Policy(JsonElement policy)
    {
        if (DspJson.TypeOf(policy) == "Agreement")
        {
            var agreed = DspJson.Read<ContractAgreementMessage>(Message("ContractAgreementMessage", "agreement", policy));
            return ProtocolJson.Write(agreed.Agreement);
        }

        var offered = DspJson.Read<ContractOfferMessage>(Message("ContractOfferMessage", "offer", policy));
        return ProtocolJson.Write(offered.Offer);
    }

    private static byte[] Address(JsonElement address)
    {
        var start = DspJson.Read<TransferStartMessage>(Message("TransferStartMessage", "dataAddress", address));
        return ProtocolJson.Write(DspJson.ToElement(start).GetProperty("dataAddress"));
    }

    private static JsonElement Message(string type, string name, JsonElement content) => ProtocolJson.ToElement(new JsonObject
    {
        ["@context"] = new JsonArray(DspConstants.Context),
        ["@type"] = type,
        ["providerPid"] = "urn:uuid:1",
        ["consumerPid"] = "urn:uuid:2",
        [name] = JsonNode.Parse(content.GetRawText()),
    });
}
