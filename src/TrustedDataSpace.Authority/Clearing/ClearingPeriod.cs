namespace TrustedDataSpace.Authority.Clearing;

/// <summary>The periods that are settled by themselves.</summary>
internal static class ClearingPeriod
{
    /// <summary>Most periods that are made up for after a stop.</summary>
    public const int Most = 31;

    /// <summary>The last period that can be settled at that time; null: none is settled by itself.</summary>
    public static (DateTimeOffset From, DateTimeOffset To)? Last(ClearingOptions options, DateTimeOffset now)
    {
        var local = (now - options.Hold).ToOffset(options.OffsetFromUtc);
        switch (options.Every)
        {
            case ClearingOptions.Day:
                var day = new DateTimeOffset(local.Date, local.Offset);
                return (day.AddDays(-1), day);
            case ClearingOptions.Month:
                var month = new DateTimeOffset(local.Year, local.Month, 1, 0, 0, 0, local.Offset);
                return (month.AddMonths(-1), month);
            default:
                return null;
        }
    }

    /// <summary>The periods that are looked at, the oldest first: back from the last to the one in which anything was settled last, at most <see cref="Most"/>.</summary>
    /// <param name="options">How long periods are.</param>
    /// <param name="last">The last one.</param>
    /// <param name="settledUntil">The end of the newest period that was settled; null: none was.</param>
    public static IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Due(ClearingOptions options, (DateTimeOffset From, DateTimeOffset To) last, DateTimeOffset? settledUntil)
    {
        var periods = new List<(DateTimeOffset From, DateTimeOffset To)> { last };
        while (periods.Count < Most && !(periods[^1].To <= settledUntil))
        {
            var end = periods[^1].From;
            periods.Add((options.Every == ClearingOptions.Day ? end.AddDays(-1) : end.AddMonths(-1), end));
        }

        periods.Reverse();
        return periods;
    }

    /// <summary>When the next one can be settled.</summary>
    public static DateTimeOffset Next(ClearingOptions options, (DateTimeOffset From, DateTimeOffset To) last) =>
        (options.Every == ClearingOptions.Day ? last.To.AddDays(1) : last.To.AddMonths(1)) + options.Hold;
}
