namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Types and conversions.</summary>
internal static class TypeBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        Is("is_null", (x, _) => RegoBoolean.Of(x is RegoNull)),
        Is("is_boolean", (x, _) => RegoBoolean.Of(x is RegoBoolean)),
        Is("is_number", (x, _) => RegoBoolean.Of(x is RegoNumber)),
        Is("is_string", (x, _) => RegoBoolean.Of(x is RegoString)),
        Is("is_array", (x, _) => RegoBoolean.Of(x is RegoArray)),
        Is("is_object", (x, _) => RegoBoolean.Of(x is RegoObject)),
        Is("is_set", (x, _) => RegoBoolean.Of(x is RegoSet)),
        new("type_name", 1, call => new RegoString(BuiltinCall.TypeName(call[0]))),
        new("to_number", 1, ToNumber),
    ];

    private static Builtin Is(string name, QuickFunction test) => new(name, 1, call => test(call[0], null)) { Quick = test };

    private static RegoNumber ToNumber(BuiltinCall call) => call[0] switch
    {
        RegoNull => new RegoNumber(0),
        RegoBoolean boolean => new RegoNumber(boolean.Value ? 1 : 0),
        RegoNumber number => number,
        RegoString text => Parse(text.Value),
        _ => throw call.Wrong(0, "one of {null, boolean, number, string}"),
    };

    private static RegoNumber Parse(string text)
    {
        if (!JsonNumber.IsValid(text))
        {
            var word = text.TrimStart('+', '-').ToLowerInvariant();
            throw word is "nan" or "inf" or "infinity"
                ? new BuiltinException(RegoEvaluationException.Type, "operand 1 must be valid number string")
                : BuiltinException.Failed($"{ValueText.Quote(text)} is not a number in JSON notation");
        }

        try
        {
            return RegoNumber.Parse(text);
        }
        catch (FormatException invalid)
        {
            throw BuiltinException.Failed(invalid.Message);
        }
    }
}

/// <summary>The notation of JSON numbers.</summary>
internal static class JsonNumber
{
    public static bool IsValid(string text)
    {
        var position = text.StartsWith('-') ? 1 : 0;
        if (!Digits(text, ref position))
        {
            return false;
        }

        if (position < text.Length && text[position] == '.')
        {
            position++;
            if (!Digits(text, ref position))
            {
                return false;
            }
        }

        if (position < text.Length && text[position] is 'e' or 'E')
        {
            position += position + 1 < text.Length && text[position + 1] is '+' or '-' ? 2 : 1;
            if (!Digits(text, ref position))
            {
                return false;
            }
        }

        return position == text.Length;
    }

    private static bool Digits(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
        {
            position++;
        }

        return position > start;
    }
}
