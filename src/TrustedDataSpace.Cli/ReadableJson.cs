using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli;

/// <summary>JSON for people to look at, too.</summary>
internal static class ReadableJson
{
    /// <summary>As between services, with line breaks.</summary>
    public static JsonSerializerOptions Options { get; } = new(ProtocolJson.Options) { WriteIndented = true };
}
