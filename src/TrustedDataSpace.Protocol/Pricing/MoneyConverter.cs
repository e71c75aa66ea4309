using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Money as a JSON string, digit for digit: a JSON number passes through a double in most readers, and loses digits and decimals.</summary>
internal sealed partial class MoneyConverter : JsonConverter<decimal>
{
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException("money is a string such as \"0.60\"");

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Plain decimal notation, one way only: no plus, no exponent, no group separators, no leading zeros.</summary>
    public static bool TryParse(string text, out decimal value)
    {
        value = 0;
        return Plain().IsMatch(text) && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    // 28 digits at most: a decimal would round more of them without a word.
    [GeneratedRegex(@"\A(?!-?[0-9.]{30})-?(0|[1-9][0-9]*)(\.[0-9]+)?\z")]
    private static partial Regex Plain();
}
