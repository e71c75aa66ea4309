using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>What a price can be put on: the counts that both parties' usage records hold.</summary>
public static class PriceMeters
{
    /// <summary>Rows delivered. The contract must count them, by its <see cref="MeterRule"/>.</summary>
    public const string Rows = "rows";

    /// <summary>Requests.</summary>
    public const string Requests = "requests";

    /// <summary>Bytes of body delivered.</summary>
    public const string Bytes = "bytes";

    internal static IReadOnlyList<string> All { get; } = [Rows, Requests, Bytes];

    /// <summary>
    /// The outcomes that a component bills when it names none. A cut bills what was delivered until then; half a request is no
    /// request, so a component on requests bills a cut only when it says so.
    /// </summary>
    internal static IReadOnlyList<string> OutcomesBilled(string meter) =>
        meter == Requests ? [UsageOutcomes.Ok] : [UsageOutcomes.Ok, UsageOutcomes.Cut];

    internal static long Of(UsageCounts counts, string meter) => meter switch
    {
        Rows => counts.Rows,
        Requests => counts.Requests,
        Bytes => counts.Bytes,
        _ => throw new ArgumentOutOfRangeException(nameof(meter), meter, "A plan that was read has no other meter."),
    };
}
