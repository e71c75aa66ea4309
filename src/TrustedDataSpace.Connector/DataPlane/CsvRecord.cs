using System.Runtime.InteropServices;
using System.Text;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>The fields of one CSV record (RFC 4180), as slices of its bytes: nothing is decoded that is not asked for.</summary>
internal readonly ref struct CsvRecord
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly ReadOnlySpan<Range> fields;

    private CsvRecord(ReadOnlySpan<byte> bytes, ReadOnlySpan<Range> fields)
    {
        this.bytes = bytes;
        this.fields = fields;
    }

    /// <summary>How many fields it has.</summary>
    public int Count => fields.Length;

    /// <summary>Where the record that goes on with these bytes ends: at the first line end outside of quotes.</summary>
    /// <param name="bytes">The next bytes.</param>
    /// <param name="quoted">Whether they begin inside quotes; then whether what follows does.</param>
    /// <returns>Index of the line end; -1: it does not end here.</returns>
    public static int EndIn(ReadOnlySpan<byte> bytes, ref bool quoted)
    {
        for (var at = 0; ; at++)
        {
            var next = quoted ? bytes[at..].IndexOf((byte)'"') : bytes[at..].IndexOfAny((byte)'"', (byte)'\n');
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (bytes[at] == '\n')
            {
                return at;
            }

            quoted = !quoted;
        }
    }

    /// <summary>Splits a record.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="ranges">Reused from record to record.</param>
    public static CsvRecord Split(ReadOnlySpan<byte> line, List<Range> ranges)
    {
        ranges.Clear();
        var start = 0;
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (line[i] == (byte)',' && !quoted)
            {
                ranges.Add(start..i);
                start = i + 1;
            }
        }

        ranges.Add(start..line.Length);
        return new CsvRecord(line, CollectionsMarshal.AsSpan(ranges));
    }

    /// <summary>The field as it stands there, with its quotes.</summary>
    public ReadOnlySpan<byte> Raw(int index) => bytes[fields[index]];

    /// <summary>The field's value, without quotes.</summary>
    public string Text(int index)
    {
        var raw = Encoding.UTF8.GetString(Raw(index));
        return raw.Length >= 2 && raw[0] == '"' && raw[^1] == '"' ? raw[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : raw;
    }
}
