using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>
/// Refuses null as an item of a list. The serializer keeps it out of properties that are not nullable, but generic
/// arguments lose that mark: without this, <c>[null]</c> of a peer would be a fault of ours.
/// </summary>
internal static class NullItems
{
    public static void Refuse(JsonTypeInfo info)
    {
        var lists = info.Properties
            .Where(p => p.Get is not null && p.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(p.PropertyType))
            .ToArray();
        if (lists.Length == 0)
        {
            return;
        }

        var next = info.OnDeserialized;
        info.OnDeserialized = read =>
        {
            foreach (var list in lists)
            {
                if (list.Get!(read) is IEnumerable items && items.Cast<object?>().Contains(null))
                {
                    throw new JsonException($"{list.Name} holds null");
                }
            }

            next?.Invoke(read);
        };
    }
}
