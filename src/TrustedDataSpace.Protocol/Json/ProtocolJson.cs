using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>How JSON is read and written between parties: strictly, because two readings of one document are two contracts.</summary>
public static class ProtocolJson
{
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions DocumentOptions = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>Camel case; nulls left out; duplicate properties, comments, trailing commas and missing required values refused.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>Reads a document.</summary>
    /// <exception cref="RefusalException">Malformed: names the place.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(utf8, Options) ?? throw Null();
        }
        catch (Exception e) when (JsonRefusal.IsOfDocument(e))
        {
            throw JsonRefusal.From(e);
        }
    }

    /// <summary>Reads a document that is already parsed.</summary>
    /// <exception cref="RefusalException">Malformed: names the place.</exception>
    public static T Read<T>(JsonElement element)
    {
        try
        {
            return element.Deserialize<T>(Options) ?? throw Null();
        }
        catch (Exception e) when (JsonRefusal.IsOfDocument(e))
        {
            throw JsonRefusal.From(e);
        }
    }

    /// <summary>Reads a document from a stream; the caller limits its length.</summary>
    /// <exception cref="RefusalException">Malformed: names the place.</exception>
    public static async ValueTask<T> ReadAsync<T>(Stream stream, CancellationToken cancellationToken = default)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(stream, Options, cancellationToken) ?? throw Null();
        }
        catch (Exception e) when (JsonRefusal.IsOfDocument(e))
        {
            throw JsonRefusal.From(e);
        }
    }

    /// <summary>Parses any JSON value; the result needs no disposal.</summary>
    /// <exception cref="RefusalException">Malformed: names the place.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            if (!Utf8.IsValid(utf8))
            {
                throw new JsonException("it is not UTF-8");
            }

            var element = JsonElement.Parse(utf8, DocumentOptions);
            // The parser lets bad text pass, and it would fail later, wherever somebody first looks at it.
            if (utf8.IndexOf("\\ud"u8) >= 0 || utf8.IndexOf("\\uD"u8) >= 0)
            {
                RequireText(element);
            }

            return element;
        }
        catch (Exception e) when (JsonRefusal.IsOfDocument(e))
        {
            throw JsonRefusal.From(e);
        }
    }

    /// <summary>Writes a value as UTF-8 JSON.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Turns a value into a JSON element.</summary>
    public static JsonElement ToElement<T>(T value) => JsonSerializer.SerializeToElement(value, Options);

    /// <summary>Reads every text once, which throws on an unpaired surrogate (RFC 7493 §2.1).</summary>
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    RequireText(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    private static RefusalException Null() => new(RefusalCode.Malformed, "The JSON document is null.") { Where = "$" };

    /// <summary>Sets options that belong to somebody else (a web framework) to the same rules.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = MaxDepth;

        // Readable Chinese; what HTML could take for markup stays escaped.
        options.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);
        options.Converters.Add(new UtcTimeConverter());
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(NullItems.Refuse);
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        options.MakeReadOnly();
        return options;
    }
}
