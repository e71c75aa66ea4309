using System.Text.Json;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>A product as a DSP dataset (DSP §5.3.2).</summary>
internal static class DatasetDocument
{
    /// <param name="product">The product.</param>
    /// <param name="endpoint">Where this connector speaks the protocol.</param>
    public static Dataset Of(ProductOffer product, string endpoint)
    {
        var service = ServiceAt(endpoint);
        return new Dataset
        {
            Id = product.ProductId,
            Offers = [product.Offer],
            Distributions = [new Distribution { Format = DspConstants.HttpPull, AccessService = new AccessService(service.Id, service) }],
            More = new Dictionary<string, JsonElement>
            {
                ["dct:title"] = ProtocolJson.ToElement(product.Title),
                ["dct:description"] = ProtocolJson.ToElement(product.Description),
                ["dcat:keyword"] = ProtocolJson.ToElement(product.Keywords),
                ["tds:classification"] = ProtocolJson.ToElement(product.Classification),
                ["tds:version"] = ProtocolJson.ToElement(product.Version),
            },
        };
    }

    /// <summary>This connector as a DSP data service.</summary>
    public static DataService ServiceAt(string endpoint) => new() { Id = endpoint, EndpointUrl = endpoint };
}
