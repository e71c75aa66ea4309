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
    private int marked;

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Rows so far; a last line without an end counts, as it does when the answer ends here.</summary>
    public long Rows => RowsOf(lines + (lineHasContent ? 1 : 0));

    /// <summary>Rows that were delivered: of an answer that was cut a last line without an end is none, since nobody knows what is missing.</summary>
    public long Delivered(string outcome) => outcome switch
    {
        UsageOutcomes.Miss => 0,
        UsageOutcomes.Cut => RowsOf(lines),
        _ => Rows,
    };

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (!countRows)
        {
            return;
        }

        CountLines(WithoutMark(bytes));
    }

    private void CountLines(ReadOnlySpan<byte> bytes)
    {
        if (quoted || bytes.Contains((byte)'"') || bytes.IndexOf("\n\n"u8) >= 0 || bytes.IndexOf("\n\r"u8) >= 0)
        {
            CountOneByOne(bytes);
            return;
        }

        // Nothing is quoted, and no line but the first can be empty: the line ends are the lines, and are counted many bytes at a time.
        var first = bytes.IndexOf((byte)'\n');
        lineHasContent = lineHasContent || HasContent(first < 0 ? bytes : bytes[..first]);
        if (first >= 0)
        {
            lines += bytes.Count((byte)'\n') - (lineHasContent ? 0 : 1);
            lineHasContent = HasContent(bytes[(bytes.LastIndexOf((byte)'\n') + 1)..]);
        }
    }

    // From one quote or line end to the next.
    private void CountOneByOne(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = quoted ? bytes.IndexOf((byte)'"') : bytes.IndexOfAny((byte)'"', (byte)'\n');
            lineHasContent = lineHasContent || HasContent(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return;
            }

            if (bytes[end] == '"')
            {
                // A doubled quote inside a quoted field leaves and enters again: the same as staying.
                quoted = !quoted;
                lineHasContent = true;
            }
            else
            {
                lines += lineHasContent ? 1 : 0;
                lineHasContent = false;
            }

            bytes = bytes[(end + 1)..];
        }
    }

    private static bool HasContent(ReadOnlySpan<byte> part) => !part.IsEmpty && (part[0] != '\r' || part.ContainsAnyExcept((byte)'\r'));

    private long RowsOf(long records) => countRows ? Math.Max(0, records - 1) * rule!.ValuesPerRecord : 0;

    private ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes)
    {
        while (marked < ByteOrderMark.Bytes.Length && !bytes.IsEmpty)
        {
            if (bytes[0] != ByteOrderMark.Bytes[marked])
            {
                // Another character that begins alike.
                lineHasContent = marked > 0;
                marked = ByteOrderMark.Bytes.Length;
                break;
            }

            marked++;
            bytes = bytes[1..];
        }

        return bytes;
    }
}
