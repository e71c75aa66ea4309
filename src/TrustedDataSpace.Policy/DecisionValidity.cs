using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy;

/// <summary>
/// How long an answer that allows stays the answer to the same question, if the bundle, the state of agreement and credentials, consents and
/// signals stay as they are: until a moment, and as long as no counter passes its limit.
/// </summary>
/// <param name="UntilMs">The first millisecond (UTC, since 1970) at which the answer may be another one.</param>
/// <param name="AtMost">For each counter that the contract limits, the highest value with which the answer is the same. Counters of periods may begin anew.</param>
public sealed record DecisionValidity(long UntilMs, IReadOnlyDictionary<string, long> AtMost)
{
    /// <summary>What the rules that gave the answer read of a question; the same question is one that is equal there.</summary>
    public PolicyReads Reads { get; internal init; } = PolicyReads.Nothing;

    /// <summary>Whether the answer still holds.</summary>
    /// <param name="nowMs">Now, in milliseconds since 1970.</param>
    /// <param name="counter">The value of a counter now, the use in question included.</param>
    public bool Holds(long nowMs, Func<string, long> counter)
    {
        ArgumentNullException.ThrowIfNull(counter);
        if (nowMs >= UntilMs)
        {
            return false;
        }

        foreach (var (name, most) in AtMost)
        {
            if (counter(name) > most)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads <c>validity</c> of <c>data.tds.validity.answer</c>; null when there is none, or something of it is not readable.</summary>
    internal static DecisionValidity? FromOutput(RegoValue? output, PolicyReads reads)
    {
        if (!reads.IsReusable
            || output is not RegoObject validity
            || validity["until_ms"] is not RegoNumber until || !until.TryGetInt64(out var untilMs)
            || validity["at_most"] is not RegoObject limits
            || validity["layers"] is not RegoObject layers
            || reads.TimedLayers.Any(layer => layers[layer] is null))
        {
            return null;
        }

        var atMost = new Dictionary<string, long>(limits.Count, StringComparer.Ordinal);
        foreach (var (key, value) in limits.Entries)
        {
            if (key is not RegoString name || value is not RegoNumber number || !number.TryGetInt64(out var most))
            {
                return null;
            }

            atMost.Add(name.Value, most);
        }

        return new DecisionValidity(untilMs, atMost) { Reads = reads };
    }
}
