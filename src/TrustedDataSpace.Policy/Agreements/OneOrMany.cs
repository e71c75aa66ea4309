using System.Text.Json;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>JSON-LD compaction writes a list of one as the value alone, and may wrap a name in <c>@id</c>: both forms are read here.</summary>
internal static class OneOrMany
{
    /// <summary>Longest name or text value, in characters.</summary>
    public const int MaxText = 2000;

    /// <summary>The members of a list, or the value alone; nothing when it is absent.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => [],
        JsonValueKind.Array => element.EnumerateArray(),
        _ => [element],
    };

    /// <summary>One name: a string, <c>{"@id": string}</c>, or a list of exactly one of these; null for anything else.</summary>
    public static string? Name(JsonElement element)
    {
        var items = Items(element).Take(2).ToList();
        if (items is not [var only])
        {
            return null;
        }

        if (only.ValueKind == JsonValueKind.Object)
        {
            only = OnlyMember(only, "@id");
        }

        return only.ValueKind == JsonValueKind.String && only.GetString() is { Length: > 0 and <= MaxText } name ? name : null;
    }

    /// <summary>The named member if the object has no other, else undefined: what stands beside it would be dropped.</summary>
    public static JsonElement OnlyMember(JsonElement element, string name)
    {
        var members = element.EnumerateObject().Take(2).ToList();
        return members is [var only] && only.NameEquals(name) ? only.Value : default;
    }
}
