using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>JSON to Rego values.</summary>
internal static class JsonReading
{
    /// <summary>Deeper documents are refused: other parts of the engine walk values recursively.</summary>
    public const int MaxDepth = 1000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads one document; names that the table knows are shared.</summary>
    /// <exception cref="JsonException">The text is not JSON, or too deep.</exception>
    public static RegoValue Read(ReadOnlySpan<byte> utf8, NameTable? names = null)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        reader.Read();
        var value = ReadValue(ref reader, names);
        return reader.Read() ? throw new JsonException("There is text after the JSON value.") : value;
    }

    public static RegoValue Read(JsonElement element, NameTable? names = null, int depth = 0)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array when depth == MaxDepth:
                throw new JsonException($"The JSON value is nested more than {MaxDepth} levels deep.");
            case JsonValueKind.Object:
                var @object = new RegoObject(4);
                foreach (var property in element.EnumerateObject())
                {
                    var name = new RegoString(property.Name);
                    @object.Set(names?.Share(name) ?? name, Read(property.Value, names, depth + 1));
                }

                return @object;
            case JsonValueKind.Array:
                var array = new RegoArray(element.GetArrayLength());
                foreach (var item in element.EnumerateArray())
                {
                    array.Append(Read(item, names, depth + 1));
                }

                return array;
            case JsonValueKind.String:
                return new RegoString(element.GetString()!);
            case JsonValueKind.Number:
                return element.TryGetInt64(out var small) && element.GetRawText()[0] != '-' ? RegoNumber.Of(small) : RegoNumber.Parse(element.GetRawText());
            case JsonValueKind.True:
                return RegoBoolean.True;
            case JsonValueKind.False:
                return RegoBoolean.False;
            case JsonValueKind.Null:
                return RegoNull.Instance;
            default:
                throw new ArgumentException($"A JSON value was expected, not {element.ValueKind}.", nameof(element));
        }
    }

    /// <summary>The value at the reader's token. Recursive, which the greatest depth of the reader bounds.</summary>
    private static RegoValue ReadValue(ref Utf8JsonReader reader, NameTable? names)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var @object = new RegoObject(4);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = ReadText(ref reader, names);
                    reader.Read();
                    @object.Set(name, ReadValue(ref reader, names));
                }

                return @object;
            case JsonTokenType.StartArray:
                var array = new RegoArray(4);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Append(ReadValue(ref reader, names));
                }

                return array;
            default:
                return ReadScalar(ref reader, names);
        }
    }

    private static RegoValue ReadScalar(ref Utf8JsonReader reader, NameTable? names) => reader.TokenType switch
    {
        JsonTokenType.String => ReadText(ref reader, names),
        JsonTokenType.Number => ReadNumber(ref reader),
        JsonTokenType.True => RegoBoolean.True,
        JsonTokenType.False => RegoBoolean.False,
        JsonTokenType.Null => RegoNull.Instance,
        _ => throw new JsonException("A JSON value was expected."),
    };

    private static RegoString ReadText(ref Utf8JsonReader reader, NameTable? names)
    {
        if (!reader.ValueIsEscaped && names?.Find(reader.ValueSpan) is { } shared)
        {
            return shared;
        }

        try
        {
            return new RegoString(reader.GetString()!);
        }
        catch (InvalidOperationException invalid)
        {
            throw new JsonException("The JSON value has a string that is not Unicode text.", invalid);
        }
    }

    private static RegoNumber ReadNumber(ref Utf8JsonReader reader)
    {
        // "-0" is the one integer whose text is not that of its value.
        if (reader.ValueSpan[0] != '-' && reader.TryGetInt64(out var small))
        {
            return RegoNumber.Of(small);
        }

        try
        {
            return RegoNumber.Parse(System.Text.Encoding.UTF8.GetString(reader.ValueSpan));
        }
        catch (Exception invalid) when (invalid is FormatException or OverflowException)
        {
            throw new JsonException(invalid.Message, invalid);
        }
    }
}
