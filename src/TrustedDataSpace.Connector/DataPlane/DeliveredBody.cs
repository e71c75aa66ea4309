using System.Buffers;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Applies the contract's delivery rule to CSV as it flows: rows that do not fit and columns that are not named go no further. Holds
/// one record at most. What it cannot apply (a column that is not there, a record without end) delivers nothing more.
/// </summary>
internal sealed class DeliveredBody(Stream inner, DeliveryRule rule) : ForwardOnlyBody(inner)
{
    private const int LongestRecord = 1 << 20;

    private readonly ArrayBufferWriter<byte> record = new();
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly List<Range> ranges = [];
    private int[]? columns;
    private int[] conditions = [];
    private int fieldCount;
    private bool quoted;
    private bool isBegun;

    /// <summary>Why the rule could not be applied; null while it could.</summary>
    public RefusalException? Refusal { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Take(buffer.Span);
        await PassOnAsync(cancellationToken);
    }

    /// <summary>The source has ended: a last record without a line end is judged like the others.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        EndRecord();
        await PassOnAsync(cancellationToken);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (CsvRecord.EndIn(bytes, ref quoted) is >= 0 and var end)
        {
            record.Write(bytes[..(end + 1)]);
            bytes = bytes[(end + 1)..];
            EndRecord();
        }

        record.Write(bytes);
        if (record.WrittenCount > LongestRecord)
        {
            throw Refuse($"a record is longer than {LongestRecord} bytes");
        }
    }

    private async ValueTask PassOnAsync(CancellationToken cancellationToken)
    {
        if (output.WrittenCount > 0)
        {
            await Inner.WriteAsync(output.WrittenMemory, cancellationToken);
            output.ResetWrittenCount();
        }
    }

    private void EndRecord()
    {
        var line = record.WrittenSpan.TrimEnd("\r\n"u8);
        line = isBegun ? line : ByteOrderMark.Strip(line);
        isBegun = true;
        if (!line.IsEmpty)
        {
            var fields = CsvRecord.Split(line, ranges);
            if (columns is null)
            {
                ReadHeader(fields);
            }
            else if (fields.Count != fieldCount)
            {
                throw Refuse($"a record has {fields.Count} fields, the header {fieldCount}");
            }
            else if (!IsDelivered(fields))
            {
                record.ResetWrittenCount();
                return;
            }

            Write(fields);
        }

        record.ResetWrittenCount();
    }

    private void ReadHeader(CsvRecord header)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        fieldCount = header.Count;
        for (var i = 0; i < header.Count; i++)
        {
            if (!places.TryAdd(header.Text(i), i))
            {
                throw Refuse($"the column '{header.Text(i)}' is there twice");
            }
        }

        conditions = [.. rule.Rows.Select(condition => Place(condition.Column))];
        columns = rule.Columns.Count == 0 ? [.. Enumerable.Range(0, fieldCount)] : [.. rule.Columns.Select(Place).Order()];

        int Place(string column) => places.TryGetValue(column, out var place) ? place : throw Refuse($"it has no column '{column}'");
    }

    private bool IsDelivered(CsvRecord fields)
    {
        for (var i = 0; i < conditions.Length; i++)
        {
            if (!rule.Rows[i].Holds(fields.Text(conditions[i])))
            {
                return false;
            }
        }

        return true;
    }

    private void Write(CsvRecord fields)
    {
        for (var i = 0; i < columns!.Length; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            output.Write(fields.Raw(columns[i]));
        }

        output.Write("\n"u8);
    }

    private RefusalException Refuse(string why)
    {
        output.ResetWrittenCount();
        return Refusal = SourceExchange.Unusable($"the contract's delivery rule cannot be applied to its answer: {why}");
    }
}
