using System.Text.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Tests.Assets;

internal static class Definitions
{
    public const string InferenceOnly = """
        {"permission":[{"action":"use","constraint":[{"leftOperand":"purpose","operator":"eq","rightOperand":"inference"}]}]}
        """;

    public static AssetDefinition Asset(string id = "meters", string url = "http://127.0.0.1:9000/data/") => new()
    {
        Id = id,
        SourceUrl = url,
        SourceHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer of-the-source" },
    };

    public static ProductDefinition Product(string policy = InferenceOnly, string id = "load_curve_96") => new()
    {
        Id = id,
        AssetId = "meters",
        Title = "Load curves",
        Policy = JsonElement.Parse(policy),
    };
}
