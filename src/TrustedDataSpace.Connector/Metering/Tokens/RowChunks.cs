using System.Buffers;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>Counts the tokens in a column of CSV as it flows. Holds one record at most.</summary>
internal sealed class RowChunks(ChunkRule rule)
{
    private const int LongestRecord = 1 << 20;

    private readonly ArrayBufferWriter<byte> record = new();
    private readonly List<Range> ranges = [];
    private string[]? header;
    private bool quoted;
    private bool isLost;

    /// <summary>The count.</summary>
    public ChunkCounts Chunks { get; } = new(rule);

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        for (var i = 0; i < bytes.Length && !isLost; i++)
        {
            if (bytes[i] == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (bytes[i] == (byte)'\n' && !quoted)
            {
                record.Write(bytes[start..i]);
                EndRecord();
                start = i + 1;
            }
        }

        if (!isLost)
        {
            record.Write(bytes[start..]);
            if (record.WrittenCount > LongestRecord)
            {
                Lose();
            }
        }
    }

    /// <summary>Nothing follows: a last record without a line end counts like the others.</summary>
    public void End()
    {
        if (!isLost)
        {
            EndRecord();
        }
    }

    private void EndRecord()
    {
        var line = record.WrittenSpan.TrimEnd("\r\n"u8);
        if (!line.IsEmpty)
        {
            var fields = CsvRecord.Split(line, ranges);
            if (header is null)
            {
                header = new string[fields.Count];
                for (var i = 0; i < header.Length; i++)
                {
                    header[i] = fields.Text(i);
                }
            }
            else if (fields.Count == header.Length)
            {
                Chunks.Add(Field(fields, rule.Text), Field(fields, rule.Tokens), Field(fields, rule.Party));
            }
            else
            {
                Lose();
            }
        }

        record.ResetWrittenCount();
    }

    private string? Field(CsvRecord fields, string? column) => column is not null && Array.IndexOf(header!, column) is >= 0 and var place ? fields.Text(place) : null;

    private void Lose()
    {
        isLost = true;
        Chunks.Lose();
        record.Clear();
    }
}
