using System.Globalization;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// A period of the calendar in a time zone, as the quotas of contracts name it: a year, month, week (from Monday) or day, or a part of a day,
/// counted from its beginning. Both sides, and every replica, cut time at the same moments.
/// </summary>
internal sealed partial class QuotaPeriod
{
    private const int SecondsPerDay = 86_400;

    private readonly char unit;
    private readonly int seconds;
    private readonly TimeZoneInfo zone;

    private QuotaPeriod(char unit, int seconds, TimeZoneInfo zone) => (this.unit, this.seconds, this.zone) = (unit, seconds, zone);

    /// <summary>What <see cref="TryParse"/> accepts, in words.</summary>
    public const string Accepted = "P1Y, P1M, P1W, P1D, or PTnH, PTnM, PTnS that divide a day, an hour, a minute; a day and longer names its IANA time zone";

    /// <summary>Reads <c>P1D</c> and <c>Asia/Shanghai</c>; parts of a day are in UTC without a zone. Null: not such a period, or an unknown zone.</summary>
    public static QuotaPeriod? TryParse(string period, string? zone)
    {
        if (Pattern().Match(period) is not { Success: true } match)
        {
            return null;
        }

        var time = match.Groups["time"].Success;
        var unit = match.Groups[time ? "part" : "unit"].ValueSpan[0];
        var number = time ? int.Parse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 1;

        // Lengths that divide the next larger one: others would end with a short period, which no reader of the contract expects.
        var (length, whole) = (time, unit) switch
        {
            (true, 'H') => (number * 3600, SecondsPerDay),
            (true, 'M') => (number * 60, 3600),
            (true, _) => (number, 60),
            _ => (SecondsPerDay, SecondsPerDay),
        };
        return whole % length == 0 && Zone(time ? zone ?? "UTC" : zone) is { } known ? new QuotaPeriod(time ? 'T' : unit, length, known) : null;
    }

    /// <summary>The period in which a moment lies; its end is not included.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) At(DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        switch (unit)
        {
            case 'Y':
                var year = new DateOnly(day.Year, 1, 1);
                return (StartOf(year), StartOf(year.AddYears(1)));
            case 'M':
                var month = new DateOnly(day.Year, day.Month, 1);
                return (StartOf(month), StartOf(month.AddMonths(1)));
            case 'W':
                var monday = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
                return (StartOf(monday), StartOf(monday.AddDays(7)));
            case 'D':
                return (StartOf(day), StartOf(day.AddDays(1)));
            default:
                return PartOfDay(now, StartOf(day), StartOf(day.AddDays(1)));
        }
    }

    // From the beginning of the day: where clocks are set, the last part of that day is shorter or there is one more.
    private (DateTimeOffset Start, DateTimeOffset End) PartOfDay(DateTimeOffset now, DateTimeOffset start, DateTimeOffset next)
    {
        var part = (now.ToUnixTimeSeconds() - start.ToUnixTimeSeconds()) / seconds;
        var from = start.AddSeconds(part * seconds);
        var to = from.AddSeconds(seconds);
        return (from, to < next ? to : next);
    }

    // The first moment of a local day. Midnight may not exist, or exist twice, on the day when clocks are set.
    private DateTimeOffset StartOf(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }

    // Only IANA names: those of Windows are other on other machines.
    private static TimeZoneInfo? Zone(string? name) =>
        name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    [GeneratedRegex(@"^P(?:1(?<unit>[YMWD])|(?<time>T)(?<number>[1-9][0-9]?)(?<part>[HMS]))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
