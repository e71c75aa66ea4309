using System.Collections;
using System.Text.Json.Serialization.Metadata;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>An optional list that is empty is left out: schemas ask for at least one item (<c>minItems</c>).</summary>
internal static class EmptyLists
{
    public static void LeaveOut(JsonTypeInfo info)
    {
        foreach (var property in info.Properties)
        {
            if (!property.IsRequired && typeof(IEnumerable).IsAssignableFrom(property.PropertyType) && property.PropertyType != typeof(string))
            {
                property.ShouldSerialize = (_, value) => value is IEnumerable items && items.GetEnumerator().MoveNext();
            }
        }
    }
}
