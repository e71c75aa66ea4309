using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Why a peer ended or paused something, as texts that people read.</summary>
internal static class PeerReasons
{
    private const int Most = 20;
    private const int Longest = 500;

    /// <summary>Code and reasons of a message. Reasons may be any JSON; a peer's flood of them is cut.</summary>
    public static IEnumerable<string> Texts(string? code, IReadOnlyList<JsonElement>? reasons)
    {
        var texts = (reasons ?? []).Take(Most).Select(reason => Text(reason)).ToList();
        return texts.Count > 0 ? texts : [Shortened(code) ?? "the counterparty gave no reason"];
    }

    /// <summary>The code of a termination: the word before the first colon of our own reason texts.</summary>
    public static string? Code(IReadOnlyList<string> reasons)
    {
        var text = reasons.Count > 0 ? reasons[0] : "";
        var end = text.IndexOf(':', StringComparison.Ordinal);
        return end > 0 && !text.AsSpan(0, end).Contains(' ') ? text[..end] : null;
    }

    /// <summary>A peer's text, cut where people stop reading.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Shortened(string? text) => text is null || text.Length <= Longest ? text : text[..Longest] + "…";

    private static string Text(JsonElement reason) =>
        Shortened(reason.ValueKind == JsonValueKind.String ? reason.GetString()! : reason.GetRawText());
}
