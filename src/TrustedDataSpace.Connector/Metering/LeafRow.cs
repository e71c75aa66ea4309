using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>A row of <c>usage_leaves</c>.</summary>
internal sealed class LeafRow
{
    public const string Select =
        """
        SELECT flow AS Flow, interval_no AS Interval, sequence_no AS Sequence, purpose AS Purpose, outcome AS Outcome,
               row_count AS Rows, byte_count AS Bytes
        FROM usage_leaves
        """;

    public string Flow { get; init; } = "";

    public long Interval { get; init; }

    public long Sequence { get; init; }

    public string Purpose { get; init; } = "";

    public string Outcome { get; init; } = "";

    public long Rows { get; init; }

    public long Bytes { get; init; }

    public UsageLeaf ToLeaf() => new()
    {
        Flow = Flow,
        Interval = Interval,
        Sequence = Sequence,
        Purpose = Purpose,
        Outcome = Outcome,
        Rows = Rows,
        Bytes = Bytes,
    };
}
