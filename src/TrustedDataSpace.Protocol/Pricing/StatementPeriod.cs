using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>The time a statement is about: from the first border of intervals to the last, the end not included.</summary>
internal readonly record struct StatementPeriod
{
    /// <exception cref="RefusalException">Malformed: it is empty, or cuts through an interval, which two statements would then bill or none.</exception>
    public StatementPeriod(DateTimeOffset from, DateTimeOffset to)
    {
        if (from >= to || !IsBorder(from) || !IsBorder(to))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The period {from:O} to {to:O} cannot be rated.")
            {
                Term = "period",
                Remedy = "Give full minutes, the end after the beginning.",
            };
        }

        From = from;
        To = to;
    }

    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    public static bool IsBorder(DateTimeOffset time) => UsageInterval.Start(UsageInterval.At(time)) == time;

    public bool Holds(UsageRecord record) => record.From >= From && record.To <= To;
}
