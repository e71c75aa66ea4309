using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>What a product version was published from, as a hash: the same again is no new version.</summary>
internal static class DefinitionHash
{
    private static readonly string[] MayBeLeftOut = ["negotiation", "transfers", "formats", "finite", "allowBearer", "catalog"];

    /// <summary>
    /// The hash. A property that came with a later version of this program counts only when it says something other than its default: what
    /// was published before must still be the same definition after an upgrade.
    /// </summary>
    public static string Of(ProductDefinition definition)
    {
        var given = JsonSerializer.SerializeToNode(definition, ProtocolJson.Options)!.AsObject();
        var plain = JsonSerializer.SerializeToNode(
            new ProductDefinition { Id = "", AssetId = "", Title = "", Policy = definition.Policy }, ProtocolJson.Options)!.AsObject();
        foreach (var name in MayBeLeftOut.Where(name => JsonNode.DeepEquals(given[name], plain[name])))
        {
            given.Remove(name);
        }

        return CanonicalJson.Hash(ProtocolJson.ToElement(given));
    }
}
