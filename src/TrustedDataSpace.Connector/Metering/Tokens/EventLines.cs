using System.Buffers;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// Cuts a stream of server-sent events (WHATWG HTML §9.2) into the data of each, as it flows. Holds one event at most; one that is not whole is
/// none, as it is for whoever reads the stream.
/// </summary>
internal sealed class EventLines(Action<ReadOnlySpan<byte>> each)
{
    /// <summary>Largest event, bytes.</summary>
    public const int LargestEvent = 1 << 20;

    private readonly ArrayBufferWriter<byte> line = new();
    private readonly ArrayBufferWriter<byte> data = new();
    private bool hasData;
    private bool behindReturn;
    private bool isBegun;
    private long unfinished;

    /// <summary>Whether there was an event too large to be looked at.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Bytes, as they came, of the event that is not whole yet; lines before its data are no part of it.</summary>
    public long Unfinished => unfinished;

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsOver)
        {
            if (behindReturn && bytes[0] == '\n')
            {
                bytes = bytes[1..];
                behindReturn = false;
                unfinished += hasData ? 1 : 0;
                continue;
            }

            behindReturn = false;
            var end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
            var part = end < 0 ? bytes : bytes[..end];
            IsOver = line.WrittenCount + data.WrittenCount + part.Length > LargestEvent;
            if (IsOver)
            {
                return;
            }

            line.Write(part);
            unfinished += part.Length;
            if (end < 0)
            {
                return;
            }

            behindReturn = bytes[end] == '\r';
            bytes = bytes[(end + 1)..];
            EndLine();
            unfinished = hasData ? unfinished + 1 : 0;
        }
    }

    /// <summary>Nothing follows: what is there is told as if it had come whole, for whoever must know what it would be.</summary>
    public void End()
    {
        if (line.WrittenCount > 0)
        {
            EndLine();
        }

        if (hasData)
        {
            EndLine();
        }

        unfinished = 0;
    }

    private void EndLine()
    {
        var text = line.WrittenSpan;
        if (!isBegun)
        {
            isBegun = true;
            text = ByteOrderMark.Strip(text);
        }

        if (text.IsEmpty)
        {
            if (hasData)
            {
                each(data.WrittenSpan);
            }

            data.ResetWrittenCount();
            hasData = false;
        }
        else if (text.StartsWith("data:"u8) || text.SequenceEqual("data"u8))
        {
            if (hasData)
            {
                data.Write("\n"u8);
            }

            var value = text.Length > 4 ? text[5..] : [];
            data.Write(value.StartsWith(" "u8) ? value[1..] : value);
            hasData = true;
        }

        line.ResetWrittenCount();
    }
}
