using System.Text.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>The reasons of a denial as the evidence has them: a code, and the term where one failed.</summary>
internal static class DenialReasons
{
    public static IReadOnlyList<string> Of(JsonElement data) => data.TryGetProperty("reasons", out var reasons) && reasons.ValueKind == JsonValueKind.Array
        ? [.. reasons.EnumerateArray().Select(reason => Text(TextOf(reason, "code") ?? "unknown", TextOf(reason, "term"))).Order(StringComparer.Ordinal)]
        : [];

    public static string Text(string code, string? term) => term is null ? code : $"{code} {term}";

    private static string? TextOf(JsonElement reason, string name) =>
        reason.ValueKind == JsonValueKind.Object && reason.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
