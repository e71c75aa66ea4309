using System.Text.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>The process ids that a message names, read before anything else is known about it: an error document repeats them.</summary>
/// <param name="Provider">The provider's.</param>
/// <param name="Consumer">The consumer's.</param>
internal sealed record DspPids(string? Provider, string? Consumer)
{
    public static DspPids Of(JsonElement message) => new(Text(message, "providerPid"), Text(message, "consumerPid"));

    /// <summary>A text property of an object, or null.</summary>
    public static string? Text(JsonElement message, string name) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
