using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>An offer document with what it means.</summary>
internal sealed record CompiledOffer(PolicyDocument Document, CompiledPolicy Policy)
{
    /// <summary>Compiles the document: it is the only source of what it means.</summary>
    /// <exception cref="RefusalException">It is not understood.</exception>
    public static CompiledOffer Of(string offer)
    {
        var document = PolicyDocument.Parse(offer);
        return new CompiledOffer(document, CompiledPolicy.Of(document));
    }
}

/// <summary>
/// Offers that were compiled lately, by their whole text: another text, be it of the same id, is compiled anew. Bounded, whatever a
/// catalog holds: when the young ones are many they become the old ones, and the old ones that nobody asked for meanwhile are dropped.
/// </summary>
internal sealed class CompiledOffers
{
    /// <summary>Most offers that are kept.</summary>
    public const int MostKept = 2 * Generation;

    /// <summary>Longer ones are compiled each time, in characters.</summary>
    public const int LongestKept = 16 * 1024;

    private const int Generation = 500;

    private readonly Lock gate = new();
    private Dictionary<string, CompiledOffer> young = [];
    private Dictionary<string, CompiledOffer> old = [];

    /// <summary>How many are kept now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return young.Count + old.Count;
            }
        }
    }

    /// <inheritdoc cref="CompiledOffer.Of"/>
    public CompiledOffer Of(string offer)
    {
        lock (gate)
        {
            if (young.TryGetValue(offer, out var known))
            {
                return known;
            }

            if (old.Remove(offer, out known))
            {
                return Keep(offer, known);
            }
        }

        // Outside the gate: two that compile the same one do no harm.
        var compiled = CompiledOffer.Of(offer);
        if (offer.Length > LongestKept)
        {
            return compiled;
        }

        lock (gate)
        {
            return Keep(offer, compiled);
        }
    }

    private CompiledOffer Keep(string offer, CompiledOffer compiled)
    {
        if (young.Count >= Generation)
        {
            (old, young) = (young, []);
        }

        return young[offer] = compiled;
    }
}
