using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>Where retrieved data stands in what is delivered, so that both sides count its tokens: by its text, or by the product's own token column.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ChunkRule
{
    /// <summary>Most parties.</summary>
    public const int MostParties = 32;

    /// <summary>Longest name, characters.</summary>
    public const int LongestName = 256;

    /// <summary>Most bytes of all parties, as a usage record lists them: <see cref="PartyBytes"/> for each, and its name as a JSON string. A record lists them up to 96 times.</summary>
    public const int MostPartyBytes = 2_880;

    /// <summary>Bytes of a party in a usage record, its name apart.</summary>
    public const int PartyBytes = 70;

    /// <summary>The property of the answer, at its top level, that lists the chunks as objects; null for rows of CSV.</summary>
    public string? At { get; init; }

    /// <summary>The property, or column, with the text of a chunk: its tokens are counted.</summary>
    public string? Text { get; init; }

    /// <summary>In its place the property, or column, with the number of its tokens: they are declared by the product.</summary>
    public string? Tokens { get; init; }

    /// <summary>The property, or column, that names whose data a chunk is; null: nobody asks.</summary>
    public string? Party { get; init; }

    /// <summary>The parties that it may name. The tokens of a chunk that names another are not known.</summary>
    public IReadOnlyList<string> Parties { get; init; } = [];

    // Where it is wrong and why; null: nowhere.
    internal (string Where, string Why)? Problem(bool inAnswer)
    {
        if (inAnswer != (At is not null))
        {
            return ("at", inAnswer ? "it does not say which property of the answer lists the chunks" : "rows of CSV are in no property");
        }

        if ((Text is null) == (Tokens is null))
        {
            return ("text", "it must name either the text of a chunk or its number of tokens");
        }

        if (new[] { At, Text, Tokens, Party }.Concat(Parties).Any(name => name is { Length: 0 or > LongestName }))
        {
            return ("", $"names have 1 to {LongestName} characters");
        }

        if (At is "choices" or "usage")
        {
            return ("at", $"\"{At}\" is the model's own");
        }

        if (Parties.Sum(party => PartyBytes + CanonicalJson.Bytes(party).Length) > MostPartyBytes)
        {
            return ("parties", $"the parties have more than {MostPartyBytes} bytes, {PartyBytes} and its name for each, so a record of their use could not be sent");
        }

        return (Party is null) == (Parties.Count == 0) && Parties.Count <= MostParties && Parties.Distinct(StringComparer.Ordinal).Count() == Parties.Count
            ? null
            : ("parties", $"where chunks name their party, up to {MostParties} different parties must be named, and else none");
    }
}
