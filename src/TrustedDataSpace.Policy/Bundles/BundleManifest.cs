using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>OPA's <c>.manifest</c>: which revision this is, and which part of <c>data</c> the bundle owns.</summary>
internal sealed record BundleManifest(string? Revision, IReadOnlyList<string> Roots)
{
    public static BundleManifest Parse(string text, List<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            var roots = root.GetProperty("roots").EnumerateArray().Select(item => item.GetString() ?? "").ToList();

            // Rego v0 reads the same text with another meaning.
            if (root.TryGetProperty("rego_version", out var version) && version.GetInt32() != 1)
            {
                problems.Add($"{BundlePath.Manifest}: rego_version is {version}; only 1 is supported");
            }

            if (roots.Count == 0 || roots.Any(string.IsNullOrEmpty))
            {
                problems.Add($"{BundlePath.Manifest}: roots must name at least one path, such as [\"tds\"]");
            }

            return new(root.TryGetProperty("revision", out var revision) && revision.GetString() is { Length: > 0 } text1 ? text1 : null, roots);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            problems.Add($"{BundlePath.Manifest}: {e.Message}; expected {{\"revision\": \"...\", \"roots\": [\"tds\"]}}");
            return new(null, []);
        }
    }

    public string Write() => new JsonObject
    {
        ["revision"] = Revision,
        ["roots"] = new JsonArray([.. Roots.Select(root => (JsonNode)root)]),
        ["rego_version"] = 1,
    }.ToJsonString();
}
