using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>Reads one value of a right operand into the form that the rules compare; only equal types are ever compared.</summary>
/// <param name="Datatypes">The <c>@type</c>s that a typed value may carry.</param>
/// <param name="Expected">What is accepted, in words.</param>
/// <param name="Read">The value as JSON, or null when the text is not one.</param>
internal sealed partial record ValueReader(string[] Datatypes, string Expected, Func<string, JsonNode?> Read)
{
    private const int MinutesPerDay = 24 * 60;

    public static ValueReader Text { get; } = new(["xsd:string", "xsd:anyURI"], "text that is not empty", static text => text);

    public static ValueReader Did { get; } = new(["xsd:string", "xsd:anyURI"], "a DID, such as did:web:consumer.example",
        static text => DidPattern().IsMatch(text) ? text : null);

    public static ValueReader ActiveMembership { get; } = new(["xsd:string"], "\"active\"", static text => text == "active" ? text : null);

    // A JSON number arrives here by its literal text; DSP's own schema only allows a string or a typed value.
    public static ValueReader WholeNumber { get; } = new(["xsd:integer", "xsd:nonNegativeInteger", "xsd:int", "xsd:long"], "a whole number from 0",
        static text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null);

    public static ValueReader Instant { get; } = new(["xsd:dateTime", "xsd:dateTimeStamp"],
        "an RFC 3339 time with its zone, at most milliseconds, such as 2026-12-31T23:59:59+08:00", ReadInstant);

    public static ValueReader TimeWindow { get; } = new(["xsd:string"],
        "HH:MM-HH:MM and a fixed offset, such as 09:00-17:30+08:00 (end not included; start and end differ; may cross midnight)", ReadTimeWindow);

    // The zone is demanded: a contract time without one means different moments on the two sides.
    private static JsonNode? ReadInstant(string text) =>
        InstantPattern().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var instant)
        && instant.ToUnixTimeMilliseconds() is > 0 and var milliseconds
            ? milliseconds
            : null;

    private static JsonObject? ReadTimeWindow(string text)
    {
        if (TimeWindowPattern().Match(text) is not { Success: true } match)
        {
            return null;
        }

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var from = (Number("fh") * 60) + Number("fm");
        var to = (Number("th") * 60) + Number("tm");
        var offset = match.Groups["sign"] is { Success: true } sign
            ? (sign.Value == "-" ? -1 : 1) * ((Number("oh") * 60) + Number("om"))
            : 0;

        // Equal ends could mean never or always: neither is guessed.
        return from < MinutesPerDay && to <= MinutesPerDay && from != to && Math.Abs(offset) <= 14 * 60
            ? new JsonObject { ["from"] = from, ["to"] = to, ["offset"] = offset }
            : null;
    }

    [GeneratedRegex(@"^did:[a-z0-9]+:[A-Za-z0-9._:%\-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DidPattern();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?(Z|[+\-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex InstantPattern();

    [GeneratedRegex(
        @"^(?<fh>[0-9]{2}):(?<fm>[0-5][0-9])-(?<th>[0-9]{2}):(?<tm>[0-5][0-9])(Z|(?<sign>[+\-])(?<oh>[0-9]{2}):(?<om>[0-5][0-9]))\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex TimeWindowPattern();
}
