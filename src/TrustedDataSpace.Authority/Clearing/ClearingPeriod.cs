namespace TrustedDataSpace.Authority.Clearing;

/// <summary>The periods that are settled by themselves.</summary>
internal static class ClearingPeriod
{
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

    /// <summary>When the next one can be settled.</summary>
    public static DateTimeOffset Next(ClearingOptions options, (DateTimeOffset From, DateTimeOffset To) last) =>
        (options.Every == ClearingOptions.Day ? last.To.AddDays(1) : last.To.AddMonths(1)) + options.Hold;
}
