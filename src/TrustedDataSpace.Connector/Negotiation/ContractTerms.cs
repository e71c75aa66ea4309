using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// From an offer to its agreement, and back: the agreement is the offer, word for word, between two named parties. Compared as
/// documents and not by what they mean, so that nobody can hide a change where the policy compiler does not look.
/// </summary>
internal static class ContractTerms
{
    private const int LongestId = 200;
    private const string Target = "target";
    private const string Assigner = "assigner";
    private const string Assignee = "assignee";
    private const string Timestamp = "timestamp";

    /// <summary>The offer as a message carries it: with its target (DSP §7.2.1).</summary>
    public static PolicyDocument ForMessage(PolicyDocument offer, string target)
    {
        var document = Object(offer);
        document[Target] = target;
        return Document(document);
    }

    /// <summary>An offer with terms that a person or a program has written; whatever frame it has is replaced.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="id">Id of the offer.</param>
    /// <param name="target">The dataset.</param>
    /// <exception cref="RefusalException">Malformed: it is no JSON object.</exception>
    public static PolicyDocument Propose(JsonElement terms, string id, string target)
    {
        if (terms.ValueKind != JsonValueKind.Object)
        {
            throw new RefusalException(RefusalCode.Malformed, "The offer is not a JSON object.") { Where = "$.offer", Remedy = "Send an ODRL offer: permissions, prohibitions." };
        }

        var document = new JsonObject { ["@type"] = "Offer", ["@id"] = id };
        foreach (var term in TermsOf(new PolicyDocument(terms)).EnumerateObject())
        {
            document[term.Name] = JsonNode.Parse(term.Value.GetRawText());
        }

        document[Target] = target;
        return Document(document);
    }

    /// <summary>The agreement over an offer.</summary>
    public static PolicyDocument Agree(PolicyDocument offer, string id, string target, string provider, string consumer, DateTimeOffset now)
    {
        var document = Object(offer);
        document.Remove("@context");
        document["@id"] = id;
        document["@type"] = "Agreement";
        document[Target] = target;
        document[Assigner] = provider;
        document[Assignee] = consumer;
        document[Timestamp] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return Document(document);
    }

    /// <summary>Whether two policies have the same terms: everything but the frame.</summary>
    public static bool AreSame(PolicyDocument one, PolicyDocument other) => one.TermsHash == other.TermsHash;

    /// <summary>What is wrong with an agreement that answers a request; empty when it is what was asked for.</summary>
    public static IEnumerable<string> Differences(PolicyDocument asked, PolicyDocument agreement, string provider, string consumer)
    {
        if (agreement.Id.Length is 0 or > LongestId)
        {
            yield return $"agreement_altered: the id is empty or longer than {LongestId} characters";
        }

        if (agreement.Target != asked.Target)
        {
            yield return $"agreement_altered: the target is {agreement.Target}, asked was {asked.Target}";
        }

        if (agreement.Assigner != provider)
        {
            yield return $"agreement_altered: the assigner is {agreement.Assigner}, not the provider {provider}";
        }

        if (agreement.Assignee != consumer)
        {
            yield return $"agreement_altered: the assignee is {agreement.Assignee}, not the consumer {consumer}";
        }

        if (agreement.Timestamp is null)
        {
            yield return "agreement_altered: the timestamp is missing (DSP §7.2.3)";
        }

        if (!AreSame(asked, agreement))
        {
            yield return "agreement_altered: the terms are not those of the offer that was asked for";
        }
    }

    /// <summary>The policy without its frame.</summary>
    public static JsonElement TermsOf(PolicyDocument policy)
    {
        var terms = Object(policy);
        foreach (var name in PolicyDocument.Frame)
        {
            terms.Remove(name);
        }

        return ProtocolJson.ToElement(terms);
    }

    private static JsonObject Object(PolicyDocument policy) => JsonObject.Create(policy.Element)!;

    private static PolicyDocument Document(JsonObject document) => new(JsonSerializer.SerializeToElement(document, ProtocolJson.Options));
}
