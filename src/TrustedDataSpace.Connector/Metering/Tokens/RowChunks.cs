using System.Buffers;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>Counts the tokens in a column of CSV as it flows. Holds one record at most.</summary>
internal sealed class RowChunks(ChunkRule rule)
{
    private const int LongestRecord = 1 << 20;
    private const int MostColumns = 4096;

    private readonly ArrayBufferWriter<byte> record = new();
    private readonly List<Range> ranges = [];
    private bool isBegun;
    private string[]? header;
    private bool quoted;
    private bool isLost;

    /// <summary>The count.</summary>
    public ChunkCounts Chunks { get; } = new(rule);

    /// <summary>Bytes of the record that is not whole yet.</summary>
    public long Unfinished => record.WrittenCount;

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!isLost && CsvRecord.EndIn(bytes, ref quoted) is >= 0 and var end)
        {
            record.Write(bytes[..end]);
            bytes = bytes[(end + 1)..];
            EndRecord();
        }

        if (!isLost)
        {
            record.Write(bytes);
            if (record.WrittenCount > LongestRecord)
            {
                Lose();
            }
        }
    }

    /// <summary>Nothing follows, and nothing is missing: a last record without a line end counts like the others. Of an answer that was cut it is none.</summary>
    public void End()
    {
        if (!isLost)
        {
            EndRecord();
        }
    }

    private void EndRecord()
    {
        // The same at both connectors, whatever the pieces in which it came.
        if (record.WrittenCount > LongestRecord)
        {
            Lose();
            return;
        }

        var line = record.WrittenSpan.TrimEnd("\r\n"u8);
        line = isBegun ? line : ByteOrderMark.Strip(line);
        isBegun = true;
        if (!line.IsEmpty)
        {
            Take(CsvRecord.Split(line, ranges));
        }

        record.ResetWrittenCount();
    }

    private void Take(CsvRecord fields)
    {
        if (header is null && fields.Count <= MostColumns)
        {
            header = new string[fields.Count];
            for (var i = 0; i < header.Length; i++)
            {
                header[i] = fields.Text(i);
            }
        }
        else if (fields.Count == header?.Length)
        {
            Chunks.Add(Field(fields, rule.Text) is { } text ? Tokenizer.BuiltIn.Count(text) : null, Field(fields, rule.Tokens), Field(fields, rule.Party));
        }
        else
        {
            Lose();
        }
    }

    // A column that is there twice is none: nobody knows which of the two is meant.
    private string? Field(CsvRecord fields, string? column) =>
        column is not null && Array.IndexOf(header!, column) is >= 0 and var place && Array.LastIndexOf(header!, column) == place ? fields.Text(place) : null;

    private void Lose()
    {
        isLost = true;
        Chunks.Lose();
        record.Clear();
    }
}
