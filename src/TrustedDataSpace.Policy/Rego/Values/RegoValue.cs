using System.Buffers;
using System.Text;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>An immutable Rego value. Undefined is not a value: it is written as a <c>null</c> reference of this type.</summary>
public abstract class RegoValue : IEquatable<RegoValue>
{
    private protected RegoValue()
    {
    }

    /// <summary>Which kind of value this is.</summary>
    public abstract RegoKind Kind { get; }

    /// <summary>Reads a JSON value. Numbers keep their text.</summary>
    public static RegoValue FromJson(JsonElement element) => JsonReading.Read(element);

    /// <summary>Reads JSON text.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static RegoValue ParseJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return JsonReading.Read(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Writes this value as JSON: sets as arrays in set order, keys that are no strings as their JSON text.</summary>
    public void ToJson(Utf8JsonWriter writer) => JsonWriting.Write(writer, this);

    /// <summary>This value as JSON text, objects sorted by key.</summary>
    public string ToJsonString()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonWriting.Options))
        {
            JsonWriting.Write(writer, this);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <inheritdoc/>
    public abstract bool Equals(RegoValue? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => obj is RegoValue other && Equals(other);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    /// <summary>This value in Rego notation.</summary>
    public override string ToString() => ValueText.Format(this);

    /// <summary>
    /// The member that <c>this[key]</c> refers to, or null (undefined). For a set that is the key itself if it is a member.
    /// </summary>
    internal virtual RegoValue? Lookup(RegoValue key) => null;

    /// <summary>Whether this value makes an expression succeed: everything but <c>false</c>.</summary>
    internal bool IsTruthy => !ReferenceEquals(this, RegoBoolean.False);
}
