using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>
/// What the files of a bundle may define. A module under <c>layers/</c> lives below <c>data.tds.layers</c> and nowhere else:
/// Rego lets any module add a rule to any package, so a layer that could name a library package could widen every decision.
/// </summary>
internal static partial class BundleRules
{
    private const string LayerPackage = "tds.layers.";
    private const string LayerFolder = "layers/";

    public static void Check(IReadOnlyList<BundleFile> files, IReadOnlyList<string> roots, List<string> problems)
    {
        foreach (var file in files)
        {
            if (BundlePath.IsRego(file.Path))
            {
                CheckModule(file, roots, problems);
            }
            else if (BundlePath.IsData(file.Path) && !IsBelowRoot(DataPrefix(file.Path), roots))
            {
                problems.Add($"{file.Path}: is outside the bundle's roots [{string.Join(", ", roots)}]");
            }
        }
    }

    /// <summary>The layers of a bundle, each by its package: <c>tds.layers.space</c>.</summary>
    public static IEnumerable<string> Layers(IEnumerable<BundleFile> files) => files
        .Where(file => BundlePath.IsRego(file.Path) && file.Path.StartsWith(LayerFolder, StringComparison.Ordinal))
        .Select(file => string.Join('.', PackageClause().Match(file.Text).Groups["name"].Value.Split('.').Take(3)))
        .Distinct();

    /// <summary>The base documents of all <c>data.json</c> files, each mounted at its folder; null when there are none.</summary>
    public static JsonElement? Data(IReadOnlyList<BundleFile> files, List<string> problems)
    {
        var root = new JsonObject();
        foreach (var file in files.Where(file => BundlePath.IsData(file.Path)))
        {
            try
            {
                var content = JsonNode.Parse(file.Text) as JsonObject ?? throw new JsonException("the content is not an object");
                if (Mount(root, DataPrefix(file.Path)) is not { } place || !TryMerge(place, content))
                {
                    problems.Add($"{file.Path}: gives a value that another data.json gives too");
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
            {
                problems.Add($"{file.Path}: {e.Message}");
            }
        }

        return root.Count == 0 ? null : JsonSerializer.SerializeToElement(root);
    }

    /// <summary>The package of a module; null when it has no plain package line.</summary>
    public static string? PackageOf(BundleFile file) => PackageClause().Match(file.Text) is { Success: true } match ? match.Groups["name"].Value : null;

    private static void CheckModule(BundleFile file, IReadOnlyList<string> roots, List<string> problems)
    {
        if (PackageClause().Match(file.Text) is not { Success: true } match)
        {
            problems.Add($"{file.Path}: does not begin with a plain package line, such as 'package tds.layers.space'");
            return;
        }

        var package = match.Groups["name"].Value;
        if (!IsBelowRoot(package.Split('.'), roots))
        {
            problems.Add($"{file.Path}: package {package} is outside the bundle's roots [{string.Join(", ", roots)}]");
        }

        if (file.Path.StartsWith(LayerFolder, StringComparison.Ordinal) != package.StartsWith(LayerPackage, StringComparison.Ordinal))
        {
            problems.Add($"{file.Path}: package {package} is in the wrong place: files under {LayerFolder} have a package below {LayerPackage.TrimEnd('.')}, other files have not");
        }
    }

    private static string[] DataPrefix(string path) => path.Split('/')[..^1];

    private static bool IsBelowRoot(string[] path, IReadOnlyList<string> roots) =>
        roots.Any(root => root.Split('/') is var segments && segments.Length <= path.Length && path.AsSpan(0, segments.Length).SequenceEqual(segments));

    // Null where another file has put something that is no object.
    private static JsonObject? Mount(JsonObject root, string[] path)
    {
        var at = root;
        foreach (var segment in path)
        {
            if (!at.ContainsKey(segment))
            {
                at[segment] = new JsonObject();
            }

            if (at[segment] is not JsonObject next)
            {
                return null;
            }

            at = next;
        }

        return at;
    }

    private static bool TryMerge(JsonObject target, JsonObject source)
    {
        var complete = true;
        foreach (var (name, value) in source)
        {
            if (!target.TryGetPropertyValue(name, out var present))
            {
                target[name] = value?.DeepClone();
            }
            else
            {
                complete &= present is JsonObject below && value is JsonObject more && TryMerge(below, more);
            }
        }

        return complete;
    }

    // The package clause is a module's first statement; only comments and blank lines may stand before it.
    [GeneratedRegex(@"\A(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*package[ \t]+(?<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex PackageClause();
}
