using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Testing.Dsp;

/// <summary>The specification's own schemas, examples and fixtures, copied beside the tests.</summary>
public static class SpecFiles
{
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Dsp", "Spec");

    public static JsonElement Read(string file) => ProtocolJson.Parse(File.ReadAllBytes(Path.Combine(Root, file)));

    public static IEnumerable<(string File, bool Valid, string Schema)> Fixtures() =>
        Read("fixtures/index.json").EnumerateArray().Select(f => (
            f.GetProperty("file").GetString()!,
            f.GetProperty("kind").GetString() == "valid",
            f.GetProperty("schema").GetString()!));

    public static IEnumerable<string> Examples(string folder) => Files("examples/" + folder);

    /// <summary>The JSON files in a folder and those below it.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);
}
