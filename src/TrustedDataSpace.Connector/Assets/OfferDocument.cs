using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>Makes the offer of a product version from the policy that its provider wrote.</summary>
internal static class OfferDocument
{
    private static readonly string[] SetByConnector = ["@context", "@id", "uid", "@type", "target"];

    /// <summary>Id of the offer of a product version.</summary>
    public static string IdOf(string product, long version) => $"offer:{product}:{version}";

    /// <summary>The policy under the connector's own id, without target: the form that a catalog shows.</summary>
    /// <exception cref="RefusalException">Malformed: it is not an offer of this participant to whoever may have it.</exception>
    public static PolicyDocument Make(JsonElement policy, string id, string participant)
    {
        if (policy.ValueKind != JsonValueKind.Object)
        {
            throw Refused("policy", "it is not a JSON object", null);
        }

        var source = new PolicyDocument(policy);
        if (source.Type is not ("" or "Offer" or "odrl:Offer"))
        {
            throw Refused("@type", $"'{source.Type}' is not an offer", "write \"Offer\", or leave it out");
        }

        if (policy.TryGetProperty("assigner", out _) && source.Assigner != participant)
        {
            throw Refused("assigner", $"only {participant} can offer here", "leave it out");
        }

        if (policy.TryGetProperty("assignee", out _))
        {
            throw Refused("assignee", "an offer is made to whoever fulfils its terms", "use a constraint on recipient");
        }

        var offer = new JsonObject { ["@id"] = id, ["@type"] = "Offer" };
        foreach (var property in policy.EnumerateObject().Where(property => !SetByConnector.Contains(property.Name)))
        {
            offer[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        }

        return new PolicyDocument(ProtocolJson.ToElement(offer));
    }

    private static RefusalException Refused(string term, string why, string? remedy) =>
        new(RefusalCode.Malformed, $"The policy cannot be offered, {term}: {why}.") { Term = term, Where = $"$.policy.{term}", Remedy = remedy };
}
