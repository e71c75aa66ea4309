using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>
/// Reads and writes messages as compacted JSON under the built-in context; nothing is expanded and no context is fetched. Reading is strict about
/// what the schemas require and lets other properties be, because no schema closes its objects.
/// </summary>
public static class DcpJson
{
    private const string TypeProperty = "type";
    private const string ContextProperty = "@context";

    private static readonly JsonSerializerOptions Options = MessageJson.Options(AddType);
    private static readonly byte[] ContextPrefix = Encoding.ASCII.GetBytes($$"""{"{{ContextProperty}}":["{{DcpConstants.Context}}"],""");

    /// <summary>Reads a message.</summary>
    /// <exception cref="RefusalException">Malformed; <see cref="RefusalException.Where"/> is the JSON path.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8)
        where T : IDcpMessage => Read<T>(ProtocolJson.Parse(utf8));

    /// <summary>Reads a message that is already parsed.</summary>
    /// <exception cref="RefusalException">Malformed; <see cref="RefusalException.Where"/> is the JSON path.</exception>
    public static T Read<T>(JsonElement element)
        where T : IDcpMessage
    {
        RequireContext(element);
        return Deserialize<T>(element);
    }

    /// <summary>Reads the description of a credential outside a message, where no context is asked for.</summary>
    /// <exception cref="RefusalException">Malformed; <see cref="RefusalException.Where"/> is the JSON path.</exception>
    public static CredentialObject ReadObject(JsonElement element) => Deserialize<CredentialObject>(element);

    /// <summary>Writes a message as UTF-8 JSON, with its context and type.</summary>
    public static byte[] Write<T>(T message)
        where T : IDcpMessage => [.. ContextPrefix, .. JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), Options).AsSpan(1)];

    private static T Deserialize<T>(JsonElement element)
    {
        try
        {
            return element.Deserialize<T>(Options) ?? throw Refuse("$", "It is null.");
        }
        catch (Exception e) when (JsonRefusal.IsOfDocument(e))
        {
            throw JsonRefusal.From(e);
        }
    }

    private static void RequireContext(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refuse("$", "A message must be a JSON object.");
        }

        if (!element.TryGetProperty(ContextProperty, out var context) || context.ValueKind != JsonValueKind.Array
            || context.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            throw Refuse("$.@context", "The context must be an array of strings.");
        }

        var named = context.EnumerateArray().Select(item => item.GetString()!).ToList();
        if (!named.Contains(DcpConstants.Context))
        {
            throw Refuse("$.@context", $"The context must contain {DcpConstants.Context}.");
        }

        if (named.Except(DcpConstants.KnownContexts).Any())
        {
            throw Refuse("$.@context", "A context is not known here, and contexts are never fetched.");
        }
    }

    private static RefusalException Refuse(string where, string message) =>
        new(RefusalCode.Malformed, message) { Where = where, Remedy = $"Send \"@context\": [\"{DcpConstants.Context}\"]." };

    private static void AddType(JsonTypeInfo info)
    {
        if (info.Type.GetCustomAttribute<DcpTypeAttribute>() is { } type)
        {
            MessageJson.AddType(info, TypeProperty, type.Name, required: true);
        }
    }
}
