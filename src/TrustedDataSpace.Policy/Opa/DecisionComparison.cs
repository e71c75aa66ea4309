using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy.Opa;

/// <summary>Compares what two engines answered to the same question.</summary>
public static class DecisionComparison
{
    private static readonly string[] Sets = ["reasons", "duties"];

    /// <summary>Whether two values of <c>data.tds.decision</c> are equal; the order of reasons and of duties has no meaning. Null stands for undefined.</summary>
    public static bool AreEqual(RegoValue? one, RegoValue? other) =>
        one is null || other is null ? one is null && other is null : Unordered(one).Equals(Unordered(other));

    // The length is compared, too: a reason that is said twice is another document.
    private static RegoValue Unordered(RegoValue decision) => decision is not RegoObject document
        ? decision
        : new RegoObject(document.Entries.Select(entry => entry is { Key: RegoString name, Value: RegoArray list } && Sets.Contains(name.Value)
            ? KeyValuePair.Create(entry.Key, (RegoValue)new RegoArray(list.OrderBy(item => item.ToJsonString(), StringComparer.Ordinal)))
            : entry));
}
