using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>What was used under one agreement, as this connector counted it.</summary>
public sealed record UsageView
{
    /// <summary>Agreement id.</summary>
    public required string Agreement { get; init; }

    /// <summary>Sums per purpose and outcome, open intervals included.</summary>
    public required IReadOnlyList<UsageCounts> Counts { get; init; }
}
