using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>
/// The product <c>load_curve_96</c>: synthetic load curves of 50 usage points in five groups of ten, for each day of May 2026.
/// Whole numbers only (hundredths of a kW), so that every machine makes the same bytes.
/// </summary>
internal static class LoadCurves
{
    /// <summary>Usage points in each group: groups of fewer than ten customers would have to be suppressed.</summary>
    public const int PointsPerGroup = 10;

    /// <summary>Values of a day.</summary>
    public const int QuarterHours = 96;

    private const ulong Seed = 20260501;
    private const int HashCharacters = 16;

    /// <summary>The first day.</summary>
    public static DateOnly FirstDay { get; } = new(2026, 5, 1);

    /// <summary>The last day.</summary>
    public static DateOnly LastDay { get; } = new(2026, 5, 31);

    /// <summary>Usage points.</summary>
    public static int Points => CustomerGroup.All.Count * PointsPerGroup;

    /// <summary>The first line of the CSV.</summary>
    public static string Header { get; } = "usage_point_hash,date,"
        + string.Join(',', Enumerable.Range(1, QuarterHours).Select(number => "p" + number.ToString("00", CultureInfo.InvariantCulture)))
        + ",quality_flag";

    /// <summary>The lines of the CSV for some days, header first, without line ends.</summary>
    public static IEnumerable<string> Lines(DateOnly first, DateOnly last)
    {
        yield return Header;
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            for (var point = 0; point < Points; point++)
            {
                yield return Line(point, day);
            }
        }
    }

    /// <summary>The CSV of one day.</summary>
    public static string Csv(DateOnly day) => string.Concat(Lines(day, day).Select(line => line + "\n"));

    private static string Line(int point, DateOnly day)
    {
        var text = new StringBuilder(Name(point)).Append(',').Append(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        foreach (var value in Day(point, day))
        {
            text.Append(CultureInfo.InvariantCulture, $",{value / 100}.{value % 100:00}");
        }

        return text.Append(",valid").ToString();
    }

    /// <summary>Hundredths of a kW for each quarter-hour: contracted power × shape of the group × level of the day × noise.</summary>
    private static IEnumerable<long> Day(int point, DateOnly day)
    {
        var group = CustomerGroup.All[point / PointsPerGroup];
        var contract = new SplitMix64(Seed + (ulong)point).Next(group.LeastKw * 100, (group.MostKw * 100) + 1);
        var random = new SplitMix64(Seed ^ ((ulong)point << 32) ^ (ulong)day.DayNumber);
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

    // A pseudonym, as the grid company would give it: the number of a meter never leaves it.
    private static string Name(int point)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"power-grid/usage-point/{point + 1:000}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(number)))[..HashCharacters];
    }
}
