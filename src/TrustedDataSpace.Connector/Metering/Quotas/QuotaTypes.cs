namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>What the counters are with a use that was just taken.</summary>
/// <param name="Used">All uses.</param>
/// <param name="Counters">Further counters by name; null without any.</param>
/// <param name="RunsLow">Whether a lease should be renewed before it is used up.</param>
/// <param name="Paid">What it took from a prepaid balance, billionths of the currency.</param>
internal readonly record struct Taken(long Used, IReadOnlyDictionary<string, long>? Counters, bool RunsLow, long Paid = 0);

/// <summary>Whether something could be taken from a prepaid balance.</summary>
internal enum Cover
{
    /// <summary>It is taken.</summary>
    Paid,

    /// <summary>A lease must be stored first; nothing is taken.</summary>
    NeedsLease,

    /// <summary>The balance does not cover it; nothing is taken.</summary>
    NotCovered,
}

/// <summary>Up to where a counter may be taken.</summary>
internal readonly record struct Lease(string Counter, long Period, long Until);

/// <summary>A quota as it is shown.</summary>
/// <param name="Counter">Name of the counter.</param>
/// <param name="Limit">What the contract allows in the period.</param>
/// <param name="Left">What is left of it.</param>
/// <param name="Start">When the period began.</param>
/// <param name="End">When the period ends; never, for a total.</param>
internal readonly record struct QuotaState(string Counter, long Limit, long Left, DateTimeOffset Start, DateTimeOffset End);
