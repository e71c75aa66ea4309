using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Events;

/// <summary>Which events are wanted.</summary>
/// <param name="Kinds">Kinds, or beginnings of them; empty: all.</param>
/// <param name="Process">Of this negotiation or transfer; null: of all.</param>
/// <param name="Agreement">Of this agreement; null: of all.</param>
internal sealed record EventFilter(IReadOnlyList<string> Kinds, string? Process = null, string? Agreement = null)
{
    public const int MostKinds = 32;
    public const int LongestKind = 64;

    public bool TakesAll => Kinds.Count == 0 && Process is null && Agreement is null;

    public bool Takes(EvidenceEntry entry) =>
        (Kinds.Count == 0 || Kinds.Any(kind => entry.Kind.StartsWith(kind, StringComparison.Ordinal)))
        && (Process is null || entry.Process == Process)
        && (Agreement is null || entry.Agreement == Agreement);

    /// <summary>What is wrong with the kinds; empty when nothing is.</summary>
    public static IEnumerable<RefusalReason> Problems(IReadOnlyList<string> kinds, string term)
    {
        if (kinds.Count > MostKinds)
        {
            yield return new("too_many", term, $"more than {MostKinds} kinds", "name beginnings, such as negotiation.");
        }

        if (kinds.Any(kind => kind.Length is 0 or > LongestKind || kind.Any(c => !(char.IsAsciiLetterLower(c) || c is '.' or '_'))))
        {
            yield return new("invalid_kind", term, "a kind is no kind of event, and no beginning of one", "write it as negotiation.finalized, or negotiation. for all of them");
        }
    }
}
