using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>How protocol messages are read and written: each under its type name, empty lists left out, null among items refused.</summary>
internal static class MessageJson
{
    /// <summary>Options for the messages of one protocol.</summary>
    /// <param name="addType">Gives a type of message the property with its name (<see cref="AddType"/>).</param>
    public static JsonSerializerOptions Options(Action<JsonTypeInfo> addType)
    {
        var options = new JsonSerializerOptions(ProtocolJson.Options)
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { addType, EmptyLists.LeaveOut, NullItems.Refuse } },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Adds the property that says what a message is: always written first, and when it is required, read and compared.</summary>
    public static void AddType(JsonTypeInfo info, string property, string name, bool required)
    {
        var added = info.CreateJsonPropertyInfo(typeof(string), property);
        added.Order = -1;
        added.Get = _ => name;
        if (required)
        {
            added.IsRequired = true;
            added.Set = (_, value) =>
            {
                if ((string?)value != name)
                {
                    throw new JsonException($"{property} must be \"{name}\"");
                }
            };
        }

        info.Properties.Add(added);
    }
}
