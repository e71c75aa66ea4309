using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>Compares the members of a document with those of the type that it is bound to, at every depth.</summary>
internal static class KnownMembers
{
    private const int LongestName = 100;

    /// <exception cref="RefusalException">Malformed: names the first member that is not known, and what could have been meant.</exception>
    public static void Require(JsonElement document, Type type, JsonSerializerOptions options) => Look(document, type, options, "$");

    private static void Look(JsonElement value, Type type, JsonSerializerOptions options, string path)
    {
        var shape = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        switch (shape.Kind, value.ValueKind)
        {
            case (JsonTypeInfoKind.Object, JsonValueKind.Object):
                foreach (var member in value.EnumerateObject())
                {
                    var place = Below(path, member.Name);
                    if (Find(shape, member.Name, options) is { } known)
                    {
                        // A member with a converter of its own is read by that alone.
                        if (known.CustomConverter is null)
                        {
                            Look(member.Value, known.PropertyType, options, place);
                        }
                    }
                    else if (!shape.Properties.Any(property => property.IsExtensionData))
                    {
                        throw Unknown(member.Name, place, shape);
                    }
                }

                break;
            case (JsonTypeInfoKind.Enumerable, JsonValueKind.Array):
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Look(item, shape.ElementType!, options, $"{path}[{index++}]");
                }

                break;
            case (JsonTypeInfoKind.Dictionary, JsonValueKind.Object):
                foreach (var entry in value.EnumerateObject())
                {
                    Look(entry.Value, shape.ElementType!, options, Below(path, entry.Name));
                }

                break;
        }
    }

    private static JsonPropertyInfo? Find(JsonTypeInfo shape, string name, JsonSerializerOptions options) => shape.Properties.FirstOrDefault(property =>
        (property.Get ?? (object?)property.Set) is not null
        && property.Name.Equals(name, options.PropertyNameCaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal));

    private static RefusalException Unknown(string name, string place, JsonTypeInfo shape)
    {
        string[] known = [.. shape.Properties.Where(property => property.Set is not null).Select(property => property.Name)];
        return new RefusalException(RefusalCode.Malformed, $"The JSON document is not as required at {place}: '{Shortened(name)}' is not known there, and nothing is passed over.")
        {
            Where = place,
            Remedy = NearestName.Remedy(name, known),
        };
    }

    private static string Below(string path, string name)
    {
        var shown = Shortened(name);
        return shown.Length > 0 && shown.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? $"{path}.{shown}" : $"{path}['{shown}']";
    }

    private static string Shortened(string name) => name.Length <= LongestName ? name : name[..LongestName] + "…";
}
