namespace TrustedDataSpace.Protocol.Metering;

/// <summary>The intervals of flow-interval records. The same for every member of a space, so that both sides count the same ones.</summary>
public static class UsageInterval
{
    /// <summary>Length: 60 s.</summary>
    public static TimeSpan Length { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The number of the interval that the time lies in: intervals since 1970.</summary>
    public static long At(DateTimeOffset time) => time.ToUnixTimeSeconds() / (long)Length.TotalSeconds;

    /// <summary>No interval has this number or a higher one: it would begin in the year 9999.</summary>
    public static long End { get; } = At(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The beginning of an interval.</summary>
    public static DateTimeOffset Start(long interval) => DateTimeOffset.FromUnixTimeSeconds(interval * (long)Length.TotalSeconds);
}
