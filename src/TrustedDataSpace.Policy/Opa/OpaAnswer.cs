using System.Text.Json;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy.Opa;

/// <summary>One answer of the Data API, with its provenance.</summary>
/// <param name="Decision">The value of <c>data.tds.decision</c>; null when it is undefined.</param>
/// <param name="Version">Version of the server, as it says.</param>
/// <param name="Revisions">Revision of each bundle the server decides with, by the bundle's name.</param>
public sealed record OpaAnswer(RegoValue? Decision, string Version, IReadOnlyDictionary<string, string> Revisions)
{
    // Before it, the path of a Data API request could inject Rego (CVE-2025-46569): whoever else may ask that server may make it say anything.
    private static readonly Version Oldest = new(1, 4);

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads the body of a 200 answer to a question with <c>provenance=true</c>.</summary>
    /// <exception cref="OpaException">It is not such a body, or comes from a server that is too old.</exception>
    internal static OpaAnswer Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            var root = document.RootElement;
            if (Member(root, "provenance", JsonValueKind.Object) is not { } provenance
                || Member(provenance, "version", JsonValueKind.String)?.GetString() is not { } version)
            {
                throw new OpaException("the answer does not say which OPA gave it: check that Policies:Opa:Url leads to an OPA server");
            }

            if (!IsNewEnough(version))
            {
                throw new OpaException($"OPA {Shortened(version)} is too old: update it to 1.4 or newer");
            }

            return new OpaAnswer(root.TryGetProperty("result", out var result) ? RegoValue.FromJson(result) : null, version, ReadRevisions(provenance));
        }
        catch (JsonException failure)
        {
            throw new OpaException("the answer is not JSON: check that Policies:Opa:Url leads to an OPA server", failure);
        }
    }

    private static Dictionary<string, string> ReadRevisions(JsonElement provenance)
    {
        var revisions = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Member(provenance, "bundles", JsonValueKind.Object) is { } bundles)
        {
            foreach (var bundle in bundles.EnumerateObject())
            {
                if (Member(bundle.Value, "revision", JsonValueKind.String)?.GetString() is { Length: > 0 } revision)
                {
                    revisions[bundle.Name] = revision;
                }
            }
        }

        return revisions;
    }

    // Suffixes of pre-releases and builds (1.4.0-dev) do not count.
    private static bool IsNewEnough(string version) =>
        System.Version.TryParse(version.Split('-', '+')[0], out var numbers) && numbers >= Oldest;

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : null;

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
