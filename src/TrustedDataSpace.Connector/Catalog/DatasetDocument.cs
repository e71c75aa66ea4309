using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>Products as documents of the protocol (DSP §5.3).</summary>
internal static class DatasetDocument
{
    /// <summary>A product as a dataset.</summary>
    /// <param name="product">The product.</param>
    /// <param name="endpoint">Where this connector speaks the protocol.</param>
    public static Dataset Of(ProductOffer product, string endpoint)
    {
        var service = ServiceAt(endpoint);
        var more = new Dictionary<string, JsonElement>
        {
            ["dct:title"] = ProtocolJson.ToElement(product.Title),
            ["dct:description"] = ProtocolJson.ToElement(product.Description),
            ["dcat:keyword"] = ProtocolJson.ToElement(product.Keywords),
            ["tds:classification"] = ProtocolJson.ToElement(product.Classification),
            ["tds:version"] = ProtocolJson.ToElement(product.Version),
        };
        if (product.Catalog is { } catalog)
        {
            more["tds:catalog"] = ProtocolJson.ToElement(catalog);
        }

        return new Dataset
        {
            Id = product.ProductId,
            Offers = [product.Offer],
            Distributions = [.. product.Formats.Select(format => new Distribution { Format = format, AccessService = new AccessService(service.Id, service) })],
            More = more,
        };
    }

    /// <summary>A nested catalog as the root lists it (DSP §5.3.1): its own contents are asked for at the address of its service.</summary>
    public static JsonElement OfCatalog(string name, string endpoint, string participant)
    {
        var own = endpoint + DspRoutes.NestedCatalogBase(name);
        return ProtocolJson.ToElement(new JsonObject
        {
            ["@id"] = own + DspRoutes.Catalog,
            ["@type"] = "Catalog",
            ["participantId"] = participant,
            ["dct:title"] = name,
            ["distribution"] = new JsonArray(new JsonObject { ["@type"] = "Distribution", ["format"] = "Catalog", ["accessService"] = own }),
            ["service"] = new JsonArray(new JsonObject { ["@id"] = own, ["@type"] = "DataService", ["endpointURL"] = own }),
        });
    }

    /// <summary>This connector as a DSP data service.</summary>
    public static DataService ServiceAt(string endpoint) => new() { Id = endpoint, EndpointUrl = endpoint };
}
