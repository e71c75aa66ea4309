using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>
/// The source of <c>load_curve_96</c>: synthetic load curves of all usage points of the grid company, for each day of May 2026. It
/// holds more than the contract delivers: small groups, points without authorisation, and the columns that tell them apart.
/// Whole numbers only (hundredths of a kW), so that every machine makes the same bytes.
/// </summary>
internal static class LoadCurves
{
    /// <summary>Values of a day.</summary>
    public const int QuarterHours = 96;

    private const ulong Seed = 20260501;

    /// <summary>The first day.</summary>
    public static DateOnly FirstDay { get; } = new(2026, 5, 1);

    /// <summary>The last day.</summary>
    public static DateOnly LastDay { get; } = new(2026, 5, 31);

    /// <summary>The first line of the CSV.</summary>
    public static string Header { get; } = "usage_point_hash,date,group_id,group_customers,authorised,"
        + string.Join(',', Enumerable.Range(1, QuarterHours).Select(number => "p" + number.ToString("00", CultureInfo.InvariantCulture)))
        + ",quality_flag";

    /// <summary>The lines of the CSV for some days, header first, without line ends.</summary>
    public static IEnumerable<string> Lines(DateOnly first, DateOnly last)
    {
        yield return Header;
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            foreach (var point in UsagePoint.All)
            {
                yield return Line(point, day);
            }
        }
    }

    /// <summary>The CSV of one day.</summary>
    public static string Csv(DateOnly day) => string.Concat(Lines(day, day).Select(line => line + "\n"));

    private static string Line(UsagePoint point, DateOnly day)
    {
        var text = new StringBuilder(point.Hash)
            .Append(CultureInfo.InvariantCulture, $",{day:yyyy-MM-dd},{point.Group.Name},{point.Customers},{(point.Authorised ? 1 : 0)}");
        foreach (var value in Day(point, day))
        {
            text.Append(CultureInfo.InvariantCulture, $",{value / 100}.{value % 100:00}");
        }

        return text.Append(",valid").ToString();
    }

    /// <summary>Hundredths of a kW for each quarter-hour: contracted power × shape of the group × level of the day × noise.</summary>
    private static IEnumerable<long> Day(UsagePoint point, DateOnly day)
    {
        var group = point.Group;
        var contract = new SplitMix64(Seed + (ulong)point.Number).Next(group.LeastKw * 100, (group.MostKw * 100) + 1);
        var random = new SplitMix64(Seed ^ ((ulong)point.Number << 32) ^ (ulong)day.DayNumber);
        long level = random.Next(930, 1071);
        if (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday)
        {
            level = level * group.WeekendPermille / 1000;
        }

        for (var quarter = 0; quarter < QuarterHours; quarter++)
        {
            yield return contract * group.At(quarter) / 1000 * level / 1000 * random.Next(960, 1041) / 1000;
        }
    }
}
