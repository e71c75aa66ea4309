using System.Globalization;
using System.Net;
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

    private static readonly string[] Weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public static ValueReader Text { get; } = new(["xsd:string", "xsd:anyURI"], "text that is not empty", static text => text);

    public static ValueReader Did { get; } = new(["xsd:string", "xsd:anyURI"], "a DID, such as did:web:consumer.example",
        static text => DidPattern().IsMatch(text) ? text : null);

    /// <summary>A connector by the key or the certificate that its tokens are bound to: nothing else of it is proven, and another name would never fit.</summary>
    public static ValueReader Connector { get; } = new(["xsd:string", "xsd:anyURI"],
        "a key, urn:ietf:params:oauth:jwk-thumbprint:sha-256:… (RFC 9278), or a client certificate, ni:///sha-256;… (RFC 6920), each with 43 characters of base64url",
        static text => ConnectorPattern().IsMatch(text) ? text : null);

    public static ValueReader ActiveMembership { get; } = new(["xsd:string"], "\"active\"", static text => text == "active" ? text : null);

    // A JSON number arrives here by its literal text; DSP's own schema only allows a string or a typed value.
    public static ValueReader WholeNumber { get; } = new(["xsd:integer", "xsd:nonNegativeInteger", "xsd:int", "xsd:long"], "a whole number from 0",
        static text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null);

    public static ValueReader Instant { get; } = new(["xsd:dateTime", "xsd:dateTimeStamp"],
        "an RFC 3339 time with its zone, at most milliseconds, such as 2026-12-31T23:59:59+08:00", ReadInstant);

    public static ValueReader TimeWindow { get; } = new(["xsd:string"],
        "HH:MM-HH:MM and a fixed offset, such as 09:00-17:30+08:00 (end not included; start and end differ; may cross midnight)", ReadTimeWindow);

    public static ValueReader Weekday { get; } = new(["xsd:string"], "a day and a fixed offset, such as Mon+08:00 or SunZ", ReadWeekday);

    /// <summary>Days, hours, minutes and seconds: a month is not always as long as another one.</summary>
    public static ValueReader Duration { get; } = new(["xsd:duration", "xsd:dayTimeDuration", "xsd:string"],
        "an ISO 8601 duration of days, hours, minutes and whole seconds, such as P30D or PT12H", ReadDuration);

    /// <summary>A number of units, in total or for each period of a calendar.</summary>
    public static ValueReader QuotaOf(QuotaUnit unit) => new(WholeNumber.Datatypes.Append("xsd:string").ToArray(), unit switch
    {
        QuotaUnit.Concurrency => "a whole number",
        QuotaUnit.Frequency => $"a whole number per period, such as 100/PT1M (periods: {QuotaPeriod.Accepted})",
        _ => $"a whole number from 0, or one per period, such as 10000/P1D@Asia/Shanghai (periods: {QuotaPeriod.Accepted})",
    }, text => QuotaTerm.TryRead(unit, "lteq", text)?.Limit);

    public static ValueReader Network { get; } = new(["xsd:string"],
        "an address or a range in CIDR notation whose host bits are zero, such as 203.0.113.0/24 or 2001:db8::/32", ReadNetwork);

    /// <summary>The authority confirms each second, in whole seconds: less than this would deny now and then for nothing.</summary>
    public static ValueReader StandingAge { get; } = new(["xsd:duration", "xsd:dayTimeDuration", "xsd:string"],
        "an ISO 8601 duration of at least 5 seconds, such as PT10S", text => ReadDuration(text) is { } duration && (long)duration >= 5_000 ? duration : null);

    private static JsonNode? ReadDuration(string text)
    {
        if (DurationPattern().Match(text) is not { Success: true } match)
        {
            return null;
        }

        long Number(string group) => match.Groups[group] is { Success: true, ValueSpan: var digits } ? long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        var seconds = (Number("w") * 604_800) + (Number("d") * 86_400) + (Number("h") * 3600) + (Number("m") * 60) + Number("s");
        return seconds > 0 ? seconds * 1000 : null;
    }

    // Host bits could be a slip of the pen in the address or in the length: neither is guessed. IPAddress also reads "1" and "0x7f.1".
    private static JsonNode? ReadNetwork(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        if (!AddressPattern().IsMatch(host) || !IPAddress.TryParse(host, out var address))
        {
            return null;
        }

        var bits = address.GetAddressBytes().Length * 8;
        return IPNetwork.TryParse(slash < 0 ? $"{host}/{bits}" : text, out var network) && network.BaseAddress.Equals(address) ? network.ToString() : null;
    }

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

        var from = (Number(match, "fh") * 60) + Number(match, "fm");
        var to = (Number(match, "th") * 60) + Number(match, "tm");
        var offset = Offset(match);

        // Equal ends could mean never or always: neither is guessed.
        return from < MinutesPerDay && to <= MinutesPerDay && from != to && Math.Abs(offset) <= 14 * 60
            ? new JsonObject { ["from"] = from, ["to"] = to, ["offset"] = offset }
            : null;
    }

    private static JsonObject? ReadWeekday(string text) => WeekdayPattern().Match(text) is { Success: true } match && Offset(match) is >= -14 * 60 and <= 14 * 60 and var offset
        ? new JsonObject { ["day"] = Array.IndexOf(Weekdays, match.Groups["day"].Value) + 1, ["offset"] = offset }
        : null;

    private static int Offset(Match match) => match.Groups["sign"] is { Success: true } sign
        ? (sign.Value == "-" ? -1 : 1) * ((Number(match, "oh") * 60) + Number(match, "om"))
        : 0;

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^did:[a-z0-9]+:[A-Za-z0-9._:%\-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DidPattern();

    [GeneratedRegex(@"^(?:urn:ietf:params:oauth:jwk-thumbprint:sha-256:|ni:///sha-256;)[A-Za-z0-9_\-]{43}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ConnectorPattern();

    [GeneratedRegex(@"^P(?:(?<w>[0-9]{1,4})W|(?:(?<d>[0-9]{1,5})D)?(?:T(?=[0-9])(?:(?<h>[0-9]{1,6})H)?(?:(?<m>[0-9]{1,6})M)?(?:(?<s>[0-9]{1,8})S)?)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DurationPattern();

    [GeneratedRegex(@"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex AddressPattern();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?(Z|[+\-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex InstantPattern();

    [GeneratedRegex(@"^(?<day>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(Z|(?<sign>[+\-])(?<oh>[0-9]{2}):(?<om>[0-5][0-9]))\z", RegexOptions.CultureInvariant)]
    private static partial Regex WeekdayPattern();

    [GeneratedRegex(
        @"^(?<fh>[0-9]{2}):(?<fm>[0-5][0-9])-(?<th>[0-9]{2}):(?<tm>[0-5][0-9])(Z|(?<sign>[+\-])(?<oh>[0-9]{2}):(?<om>[0-5][0-9]))\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex TimeWindowPattern();
}
