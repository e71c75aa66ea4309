using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>JSON to Rego values.</summary>
internal static class JsonReading
{
    public static RegoValue Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var @object = new RegoObject(4);
                foreach (var property in element.EnumerateObject())
                {
                    @object.Set(new RegoString(property.Name), Read(property.Value));
                }

                return @object;
            case JsonValueKind.Array:
                var array = new RegoArray(element.GetArrayLength());
                foreach (var item in element.EnumerateArray())
                {
                    array.Append(Read(item));
                }

                return array;
            case JsonValueKind.String:
                return new RegoString(element.GetString()!);
            case JsonValueKind.Number:
                return element.TryGetInt64(out var small) ? new RegoNumber(small) : RegoNumber.Parse(element.GetRawText());
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
}
