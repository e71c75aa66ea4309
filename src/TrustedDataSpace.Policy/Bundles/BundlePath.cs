using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>Which paths a bundle may hold. One spelling per file, so that nothing escapes a folder or hides another file.</summary>
internal static partial class BundlePath
{
    public const string Manifest = ".manifest";

    /// <summary>OPA's place for a bundle's signature; it covers the other files and is verified by who fetched the bundle.</summary>
    public const string Signatures = ".signatures.json";

    /// <summary>Longest path: what a plain tar header holds.</summary>
    public const int MaxLength = 100;

    public static bool IsRego(string path) => path.EndsWith(".rego", StringComparison.Ordinal);

    public static bool IsTest(string path) => path.EndsWith("_test.rego", StringComparison.Ordinal);

    public static bool IsData(string path) => path == "data.json" || path.EndsWith("/data.json", StringComparison.Ordinal);

    public static bool IsKnown(string path) => IsRego(path) || IsData(path) || path is Manifest or Signatures;

    /// <summary>What is wrong with a path, or null.</summary>
    public static string? Problem(string path) =>
        path.Length > MaxLength ? $"is longer than {MaxLength} characters"
        : path.StartsWith('/') || path.Contains(':') || path.Contains('\\') ? "is not relative with forward slashes"
        : path.Split('/').Any(segment => segment is "" or "." or "..") ? "has an empty, '.' or '..' segment"
        : !Plain().IsMatch(path) ? "has characters other than letters, digits, '_', '-' and '.'"
        : !IsKnown(path) ? "is none of *.rego, data.json, .manifest, .signatures.json"
        : null;

    [GeneratedRegex(@"^[A-Za-z0-9_.\-/]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
