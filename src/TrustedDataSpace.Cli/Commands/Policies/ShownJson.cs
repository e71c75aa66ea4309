using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary>Values of policies, as their authors write them: quotes and letters of all languages are not escaped.</summary>
internal static class ShownJson
{
    /// <summary>With line breaks.</summary>
    public static JsonSerializerOptions Options { get; } = new(ReadableJson.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
