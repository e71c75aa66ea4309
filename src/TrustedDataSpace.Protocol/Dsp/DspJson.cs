using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>
/// Reads and writes protocol messages as plain JSON, which DSP §4.2 allows. Reading is strict about what the schemas require
/// and lets other properties be, because no schema closes its objects.
/// </summary>
public static class DspJson
{
    private const string TypeProperty = "@type";
    private const string ContextProperty = "@context";

    private static readonly JsonSerializerOptions Options = MessageJson.Options(AddType);

    // Always an array: a bare string is invalid by the schema.
    private static readonly byte[] ContextPrefix = Encoding.ASCII.GetBytes($$"""{"{{ContextProperty}}":["{{DspConstants.Context}}"],""");

    /// <summary>Reads a message.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported; <see cref="RefusalException.Where"/> is the JSON path.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8)
        where T : IDspMessage => Read<T>(ProtocolJson.Parse(utf8));

    /// <summary>Reads a message that is already parsed.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported; <see cref="RefusalException.Where"/> is the JSON path.</exception>
    public static T Read<T>(JsonElement element)
        where T : IDspMessage
    {
        RequireContext(element);
        try
        {
            return element.Deserialize<T>(Options)!;
        }
        catch (Exception e) when (JsonRefusal.IsOfDocument(e))
        {
            throw JsonRefusal.From(e);
        }
    }

    /// <summary>The <c>@type</c> of a message before anything else is known about it; null when it has none.</summary>
    public static string? TypeOf(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(TypeProperty, out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()
            : null;

    /// <summary>Writes a message as UTF-8 JSON, with its context and type.</summary>
    /// <param name="message">The message.</param>
    /// <param name="id">Its own <c>@id</c>, by which a receiver knows it again; null: none.</param>
    public static byte[] Write<T>(T message, Guid? id = null)
        where T : IDspMessage
    {
        // Put in front as text: a page of a catalog is not built a second time for it. Every message goes on with its type.
        var written = JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), Options);
        return [.. ContextPrefix, .. id is null ? [] : Encoding.ASCII.GetBytes($"\"@id\":\"urn:uuid:{id}\","), .. written.AsSpan(1)];
    }

    /// <summary>Writes a message as a JSON element, with its context and type.</summary>
    public static JsonElement ToElement<T>(T message)
        where T : IDspMessage => ProtocolJson.Parse(Write(message));

    private static void RequireContext(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refuse(RefusalCode.Malformed, "$", "A message must be a JSON object.");
        }

        if (!element.TryGetProperty(ContextProperty, out var context) || context.ValueKind != JsonValueKind.Array)
        {
            throw Refuse(RefusalCode.Malformed, "$.@context", "The context must be an array of strings.");
        }

        var i = 0;
        var found = false;
        foreach (var item in context.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                throw Refuse(RefusalCode.Malformed, $"$.@context[{i}]", "The context must be an array of strings.");
            }

            if (!DspConstants.KnownContexts.Contains(item.GetString()))
            {
                throw Refuse(RefusalCode.Unsupported, $"$.@context[{i}]", "The context is not known here, and contexts are never fetched.");
            }

            found |= item.ValueEquals(DspConstants.Context);
            i++;
        }

        if (!found)
        {
            throw Refuse(RefusalCode.Malformed, "$.@context", $"The context must contain {DspConstants.Context}.");
        }
    }

    private static RefusalException Refuse(RefusalCode code, string where, string message) =>
        new(code, message) { Where = where, Remedy = $"Send \"@context\": [\"{DspConstants.Context}\"]." };

    private static void AddType(JsonTypeInfo info)
    {
        if (info.Type.GetCustomAttribute<DspTypeAttribute>() is { } type)
        {
            MessageJson.AddType(info, TypeProperty, type.Name, type.Required);
        }
    }
}
