using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>Rego values to JSON.</summary>
internal static class JsonWriting
{
    /// <summary>Text is written as it is: the output is JSON for machines, never pasted into a page.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Utf8JsonWriter writer, RegoValue value)
    {
        switch (value)
        {
            case RegoNull:
                writer.WriteNullValue();
                break;
            case RegoBoolean boolean:
                writer.WriteBooleanValue(boolean.Value);
                break;
            case RegoNumber number:
                WriteNumber(writer, number);
                break;
            case RegoString text:
                writer.WriteStringValue(text.Value);
                break;
            case RegoArray array:
                WriteArray(writer, array);
                break;
            case RegoSet set:
                WriteArray(writer, set.Items);
                break;
            case RegoObject @object:
                WriteObject(writer, @object);
                break;
            default:
                throw new InvalidOperationException($"A {value.GetType().Name} is no finished value.");
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, RegoNumber number)
    {
        if (number.HasCanonicalInt64(out var small))
        {
            writer.WriteNumberValue(small);
        }
        else
        {
            writer.WriteRawValue(number.ToString());
        }
    }

    private static void WriteArray(Utf8JsonWriter writer, IEnumerable<RegoValue> items)
    {
        writer.WriteStartArray();
        foreach (var item in items)
        {
            Write(writer, item);
        }

        writer.WriteEndArray();
    }

    private static void WriteObject(Utf8JsonWriter writer, RegoObject @object)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in @object.Entries)
        {
            writer.WritePropertyName(key is RegoString name ? name.Value : key.ToJsonString());
            Write(writer, value);
        }

        writer.WriteEndObject();
    }
}
