using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

/// <summary>The specification's own schemas, examples and fixtures, copied beside the tests.</summary>
internal static class SpecFiles
{
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Dsp", "Spec");

    public static JsonElement Read(string file) => ProtocolJson.Parse(File.ReadAllBytes(Path.Combine(Root, file)));

    public static IEnumerable<(string File, bool Valid, string Schema)> Fixtures() =>
        Read("fixtures/index.json").EnumerateArray().Select(f => (
            f.GetProperty("file").GetString()!,
            f.GetProperty("kind").GetString() == "valid",
            f.GetProperty("schema").GetString()!));

    public static IEnumerable<string> Examples(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, "examples", folder)).Select(f => $"examples/{folder}/{Path.GetFileName(f)}").Order();
}
