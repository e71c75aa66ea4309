using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>The period of a statement: full minutes, and over.</summary>
/// <param name="From">The beginning.</param>
/// <param name="To">The end, not included.</param>
internal sealed record StatementRange(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The period that is asked for.</summary>
    /// <exception cref="RefusalException">Malformed: a time that is none, or cuts a minute, or the end is not after the beginning; Conflict: it is not over.</exception>
    public static StatementRange Of(StatementQuery query, PolicyDocument agreement, DateTimeOffset now)
    {
        // The consumer may still be told of a use in the minute just over. One border for both sides, so that both can state the same.
        var final = UsageInterval.Start(UsageInterval.At(now) - 1);
        var from = query.From is null ? MinuteOf(Time("from", agreement.Timestamp ?? "")) : FullMinute("from", query.From);
        var to = query.To is null ? final : FullMinute("to", query.To);
        if (query.To is not null && to <= from)
        {
            throw new RefusalException(RefusalCode.Malformed, "The end of the period is not after its beginning.") { Term = "to", Remedy = "give a later one" };
        }

        return to <= final && from < to
            ? new StatementRange(from, to)
            : throw new RefusalException(RefusalCode.Conflict, $"The period is not over: use is final up to {final:u}.")
            {
                Term = "to",
                Remedy = "a minute is final when the next one is over: ask again then, or for a period that ends there",
            };
    }

    private static DateTimeOffset FullMinute(string name, string text)
    {
        var time = Time(name, text);
        return MinuteOf(time) == time ? time : throw new RefusalException(RefusalCode.Malformed, $"{text} lies within a minute, and use is recorded by the minute.")
        {
            Term = name,
            Remedy = "give a full minute",
        };
    }

    private static DateTimeOffset MinuteOf(DateTimeOffset time) => UsageInterval.Start(UsageInterval.At(time));

    private static DateTimeOffset Time(string name, string text)
    {
        try
        {
            return ProtocolJson.Read<DateTimeOffset>(ProtocolJson.ToElement(text));
        }
        catch (RefusalException failure)
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{text}' is not a time.", failure)
            {
                Term = name,
                Remedy = "give RFC 3339 with its zone, such as 2026-05-01T00:00:00Z (in a URL, write %2B for +)",
            };
        }
    }
}
