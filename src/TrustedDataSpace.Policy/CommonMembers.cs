using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy;

/// <summary>
/// Members that many questions have in common, such as the contract. Read once for the rules that decide, and once more when others decide.
/// Safe for concurrent use.
/// </summary>
public sealed class CommonMembers
{
    private volatile KnownMembers? known;

    /// <summary>Prepares members.</summary>
    /// <param name="json">UTF-8 JSON of an object.</param>
    /// <exception cref="System.Text.Json.JsonException">It is none.</exception>
    public CommonMembers(ReadOnlySpan<byte> json)
    {
        json = json.Trim(" \t\r\n"u8);
        IsEmpty = JsonReading.Read(json) is RegoObject members
            ? members.Count == 0
            : throw new System.Text.Json.JsonException("The members of a question are a JSON object.");
        Json = json.ToArray();
    }

    internal ReadOnlyMemory<byte> Json { get; }

    internal bool IsEmpty { get; }

    internal KnownMembers For(NameTable names)
    {
        var present = known;
        if (present?.Names != names)
        {
            known = present = KnownMembers.Read(Json.Span, names);
        }

        return present!;
    }
}
