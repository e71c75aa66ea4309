using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>Rego values to JSON.</summary>
internal static class JsonWriting
{
    /// <summary>What a <see cref="Utf8JsonWriter"/> allows whose options say nothing.</summary>
    private const int DefaultMaxDepth = 1000;

    /// <summary>Text is written as it is: the output is JSON for machines, never pasted into a page.</summary>
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,

        // A result may wrap an input of the greatest depth.
        MaxDepth = 2 * JsonReading.MaxDepth,
        SkipValidation = true,
    };

    /// <exception cref="RegoEvaluationException">The value is nested deeper than the writer allows.</exception>
    public static void Write(Utf8JsonWriter writer, RegoValue value)
    {
        if (value is RegoArray or RegoSet or RegoObject)
        {
            RefuseDeep(writer);
        }

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
                writer.WriteStartArray();
                for (var i = 0; i < array.Count; i++)
                {
                    Write(writer, array[i]);
                }

                writer.WriteEndArray();
                break;
            case RegoSet set:
                writer.WriteStartArray();
                foreach (var position in set.Table.Order)
                {
                    Write(writer, set.Table[position]);
                }

                writer.WriteEndArray();
                break;
            case RegoObject @object:
                WriteObject(writer, @object);
                break;
            default:
                throw new InvalidOperationException($"A {value.GetType().Name} is no finished value.");
        }
    }

    /// <summary>The writer itself would answer with an error that could be taken for one of this program.</summary>
    private static void RefuseDeep(Utf8JsonWriter writer)
    {
        var most = writer.Options.MaxDepth is > 0 and var set ? set : DefaultMaxDepth;
        if (writer.CurrentDepth >= most)
        {
            throw new RegoEvaluationException(RegoEvaluationException.Budget, $"the value is nested more than {most} levels deep: it cannot be written as JSON", new("result", 1, 1));
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

    private static void WriteObject(Utf8JsonWriter writer, RegoObject @object)
    {
        writer.WriteStartObject();
        foreach (var position in @object.Table.Order)
        {
            var key = @object.Table[position];
            writer.WritePropertyName(key is RegoString name ? name.Value : key.ToJsonString());
            Write(writer, @object.ValueAt(position));
        }

        writer.WriteEndObject();
    }
}
