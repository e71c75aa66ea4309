using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>What changed in the terms from one round to the next. Lists are compared item by item, at their places.</summary>
internal static class PolicyDiff
{
    /// <summary>More changes than people read: then the whole is shown as one change.</summary>
    private const int Most = 100;

    /// <summary>The changes, the frame (ids, parties, time) left out.</summary>
    public static IReadOnlyList<PolicyChange> Between(PolicyDocument from, PolicyDocument to)
    {
        if (ContractTerms.AreSame(from, to))
        {
            return [];
        }

        var (before, after) = (ContractTerms.TermsOf(from), ContractTerms.TermsOf(to));
        var changes = Walk("", before, after).Take(Most + 1).ToList();
        return changes.Count <= Most ? changes : [new PolicyChange("", before, after)];
    }

    private static IEnumerable<PolicyChange> Walk(string path, JsonElement from, JsonElement to) => (from.ValueKind, to.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => Objects(path, from, to),
        (JsonValueKind.Array, JsonValueKind.Array) => Arrays(path, from, to),
        _ => JsonElement.DeepEquals(from, to) ? [] : [new PolicyChange(path, from, to)],
    };

    private static IEnumerable<PolicyChange> Objects(string path, JsonElement from, JsonElement to)
    {
        var names = from.EnumerateObject().Concat(to.EnumerateObject()).Select(property => property.Name).Distinct().Order(StringComparer.Ordinal);
        return names.SelectMany(name => Either($"{path}/{Escaped(name)}", Member(from, name), Member(to, name)));
    }

    private static IEnumerable<PolicyChange> Arrays(string path, JsonElement from, JsonElement to)
    {
        var (before, after) = (from.EnumerateArray().ToList(), to.EnumerateArray().ToList());
        return Enumerable.Range(0, Math.Max(before.Count, after.Count)).SelectMany(i => Either(
            $"{path}/{i}", i < before.Count ? before[i] : null, i < after.Count ? after[i] : null));
    }

    private static IEnumerable<PolicyChange> Either(string path, JsonElement? from, JsonElement? to) =>
        from is { } before && to is { } after ? Walk(path, before, after) : [new PolicyChange(path, from, to)];

    private static JsonElement? Member(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value : null;

    // RFC 6901 §3.
    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
