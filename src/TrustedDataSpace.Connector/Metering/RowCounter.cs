using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Counts bytes, and rows of CSV (RFC 4180), as they flow, in constant memory. The first line is the header. Line ends inside
/// quotes do not end a record; empty lines are none. Each record counts as the contract's <c>valuesPerRecord</c> rows.
/// </summary>
internal sealed class RowCounter(MeterRule? rule)
{
    private readonly bool countRows = rule is { CountsRows: true };
    private long lines;
    private bool quoted;
    private bool lineHasContent;

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Rows so far; a last line without an end counts.</summary>
    public long Rows => countRows ? Math.Max(0, lines + (lineHasContent ? 1 : 0) - 1) * rule!.ValuesPerRecord : 0;

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (!countRows)
        {
            return;
        }

        foreach (var value in bytes)
        {
            switch (value)
            {
                case (byte)'"':
                    // A doubled quote inside a quoted field leaves and enters again: the same as staying.
                    quoted = !quoted;
                    lineHasContent = true;
                    break;
                case (byte)'\n' when !quoted:
                    lines += lineHasContent ? 1 : 0;
                    lineHasContent = false;
                    break;
                case (byte)'\r':
                    break;
                default:
                    lineHasContent = true;
                    break;
            }
        }
    }
}
