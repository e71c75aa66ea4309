using System.Globalization;
using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Points in time as nanoseconds since 1970, in UTC or a named zone.</summary>
internal static class TimeBuiltins
{
    private const long NanosecondsPerTick = 100;

    public static IEnumerable<Builtin> All =>
    [
        new("time.now_ns", 0, call => call.Evaluation.Now),
        new("time.parse_rfc3339_ns", 1, ParseRfc3339),
        new("time.clock", 1, call => At(call) is var time ? Numbers(time.Hour, time.Minute, time.Second) : null),
        new("time.date", 1, call => At(call) is var time ? Numbers(time.Year, time.Month, time.Day) : null),
        new("time.weekday", 1, call => new RegoString(At(call).DayOfWeek.ToString())),
    ];

    private static RegoArray Numbers(params IEnumerable<int> numbers) => new(numbers.Select(number => new RegoNumber(number)));

    private static RegoNumber ParseRfc3339(BuiltinCall call)
    {
        var text = call.Text(0);
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

        // A zone is required: without it K would match nothing and the local zone would be assumed.
        var hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        var (cut, extra) = SplitNanoseconds(text);
        if (!hasZone || !DateTimeOffset.TryParseExact(cut, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            throw BuiltinException.Failed($"{ValueText.Quote(text)} is not an RFC 3339 time such as 2026-11-01T12:00:00Z");
        }

        return InRange(((BigInteger)(time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick) + extra);
    }

    /// <summary>.NET counts in 100 ns: the eighth and ninth decimals are taken apart.</summary>
    private static (string Text, int Nanoseconds) SplitNanoseconds(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
        {
            return (text, 0);
        }

        var end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        if (end - point - 1 <= 7)
        {
            return (text, 0);
        }

        var rest = text[(point + 8)..end].PadRight(2, '0')[..2];
        return (text[..(point + 8)] + text[end..], int.Parse(rest, CultureInfo.InvariantCulture));
    }

    private static RegoNumber InRange(BigInteger nanoseconds) =>
        nanoseconds >= long.MinValue && nanoseconds <= long.MaxValue
            ? new RegoNumber((long)nanoseconds)
            : throw BuiltinException.Failed("time outside of valid range");

    /// <summary>The operand: nanoseconds, or nanoseconds with the name of a zone.</summary>
    private static DateTimeOffset At(BuiltinCall call)
    {
        var (nanoseconds, zone) = call[0] switch
        {
            RegoNumber number => (number, "UTC"),
            RegoArray { Count: >= 2 } pair when pair[0] is RegoNumber number && pair[1] is RegoString name => (number, name.Value),
            _ => throw call.Wrong(0, "either number (ns) or [number (ns), string (tz)]"),
        };
        if (!nanoseconds.TryGetInt64(out var value))
        {
            throw nanoseconds.IsInteger
                ? BuiltinException.Failed("timestamp too big")
                : BuiltinException.WrongType(0, "integer number", "floating-point number");
        }

        var time = DateTimeOffset.UnixEpoch.AddTicks((value - (((value % NanosecondsPerTick) + NanosecondsPerTick) % NanosecondsPerTick)) / NanosecondsPerTick);
        if (zone is "UTC" or "")
        {
            return time;
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known)
            ? TimeZoneInfo.ConvertTime(time, known)
            : throw BuiltinException.Failed($"unknown time zone {zone}");
    }
}
