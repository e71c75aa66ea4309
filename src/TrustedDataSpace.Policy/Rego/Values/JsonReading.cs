using System.Runtime.InteropServices;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>JSON to Rego values.</summary>
internal static class JsonReading
{
    /// <summary>Deeper documents are refused: other parts of the engine walk values recursively.</summary>
    public const int MaxDepth = 1000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>For text that a parser has accepted already, whatever its options were.</summary>
    private static readonly JsonReaderOptions Lenient = new() { MaxDepth = MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads one document; names that the table knows are shared.</summary>
    /// <exception cref="JsonException">The text is not JSON, or too deep.</exception>
    public static RegoValue Read(ReadOnlySpan<byte> utf8, NameTable? names = null) => Read(utf8, Options, names);

    /// <summary>Reads a document that is parsed already.</summary>
    /// <exception cref="JsonException">The document is too deep, or not Unicode text.</exception>
    public static RegoValue Read(JsonElement element, NameTable? names = null) => element.ValueKind == JsonValueKind.Undefined
        ? throw new ArgumentException("A JSON value was expected, not Undefined.", nameof(element))
        : Read(JsonMarshal.GetRawUtf8Value(element), Lenient, names);

    /// <summary>Reads an object whose first members are known: it has those, and then what the text has. Of a name that is in both, what the text has counts.</summary>
    /// <exception cref="JsonException">The text is not a JSON object, or too deep.</exception>
    public static RegoObject Read(KnownMembers first, ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A JSON object was expected.");
        }

        var stack = first.Names.TakeStack();
        var value = first.Shape is { } shape
            ? ReadObject(ref reader, first.Names, stack, shape, first.Members)
            : ReadMembers(ref reader, first.Names, stack, Copy(first.Members));
        End(ref reader, first.Names, stack);
        return value;
    }

    private static RegoValue Read(ReadOnlySpan<byte> utf8, JsonReaderOptions options, NameTable? names)
    {
        var reader = new Utf8JsonReader(utf8, options);
        reader.Read();
        var stack = names?.TakeStack() ?? new ValueStack();
        var value = ReadValue(ref reader, names, stack);
        End(ref reader, names, stack);
        return value;
    }

    private static void End(ref Utf8JsonReader reader, NameTable? names, ValueStack stack)
    {
        if (reader.Read())
        {
            throw new JsonException("There is text after the JSON value.");
        }

        stack.Clear();
        names?.GiveBack(stack);
    }

    private static RegoObject Copy(RegoObject members)
    {
        var copy = new RegoObject(members.Count + 4);
        for (var i = 0; i < members.Count; i++)
        {
            copy.Set(members.Table[i], members.ValueAt(i));
        }

        return copy;
    }

    /// <summary>The value at the reader's token. Recursive, which the greatest depth of the reader bounds.</summary>
    private static RegoValue ReadValue(ref Utf8JsonReader reader, NameTable? names, ValueStack stack) => reader.TokenType switch
    {
        JsonTokenType.StartObject => names is null ? ReadMembers(ref reader, names, stack, new RegoObject(4)) : ReadObject(ref reader, names, stack, names.Shapes.Root, RegoObject.Empty),
        JsonTokenType.StartArray => ReadArray(ref reader, names, stack),
        _ => ReadScalar(ref reader, names),
    };

    private static RegoArray ReadArray(ref Utf8JsonReader reader, NameTable? names, ValueStack stack)
    {
        var from = stack.Top;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            stack.Push(ReadValue(ref reader, names, stack));
        }

        return RegoArray.Of(stack.Take(from));
    }

    /// <summary>Follows the shapes that are known, and makes them known, as long as that goes. It begins with these members, which have this shape.</summary>
    private static RegoObject ReadObject(ref Utf8JsonReader reader, NameTable names, ValueStack stack, ObjectShape shape, RegoObject first)
    {
        var from = stack.Top;
        for (var i = 0; i < first.Count; i++)
        {
            stack.Push(first.ValueAt(i));
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var next = reader.ValueIsEscaped ? null : shape.Next(reader.ValueSpan);
            if (next is null)
            {
                var name = ReadName(ref reader, names);
                if (shape.Find(name) is >= 0 and var place)
                {
                    // The same name again: the last value counts.
                    reader.Read();
                    stack.Replace(from + place, ReadValue(ref reader, names, stack));
                    continue;
                }

                next = reader.ValueIsEscaped ? null : names.Shapes.Grow(shape, reader.ValueSpan, name);
                if (next is null)
                {
                    var own = Unshared(shape, stack.Take(from));
                    reader.Read();
                    own.Set(name, ReadValue(ref reader, names, stack));
                    return ReadMembers(ref reader, names, stack, own);
                }
            }

            reader.Read();
            stack.Push(ReadValue(ref reader, names, stack));
            shape = next;
        }

        return stack.Top == from ? RegoObject.Empty : new RegoObject(shape.Keys, stack.Take(from));
    }

    private static RegoObject Unshared(ObjectShape shape, RegoValue[] values)
    {
        var own = new RegoObject(Math.Max(4, values.Length * 2));
        for (var i = 0; i < values.Length; i++)
        {
            own.Set(shape.Keys.Table[i], values[i]);
        }

        return own;
    }

    /// <summary>The rest of an object with keys of its own.</summary>
    private static RegoObject ReadMembers(ref Utf8JsonReader reader, NameTable? names, ValueStack stack, RegoObject @object)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadName(ref reader, names);
            reader.Read();
            @object.Set(name, ReadValue(ref reader, names, stack));
        }

        return @object;
    }

    /// <summary>While the table of names still grows, that is for the documents of a program, it takes in every name.</summary>
    private static RegoString ReadName(ref Utf8JsonReader reader, NameTable? names) =>
        names is { IsFrozen: false } ? names.Share(ReadText(ref reader, names)) : ReadText(ref reader, names);

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
