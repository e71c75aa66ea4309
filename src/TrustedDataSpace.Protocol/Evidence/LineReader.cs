namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Reads lines as bytes, in constant memory: only a line feed ends a line, and nothing is decoded or trimmed.</summary>
internal sealed class LineReader(Stream stream, int maxLength)
{
    private byte[] buffer = new byte[16 * 1024];
    private int start;
    private int end;

    /// <summary>The number of the last line read, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the last line read had its line feed.</summary>
    public bool Terminated { get; private set; }

    /// <summary>The next line, valid until the next call; false at the end, and when a line is longer than allowed.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var length = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                return Take(searched + length, terminated: true, out line);
            }

            searched = end - start;
            if (searched > maxLength)
            {
                TooLong = true;
                Number++;
                line = default;
                return false;
            }

            if (!Fill())
            {
                return Take(searched, terminated: false, out line);
            }
        }
    }

    /// <summary>Whether reading stopped at a line that is longer than allowed.</summary>
    public bool TooLong { get; private set; }

    private bool Take(int length, bool terminated, out ReadOnlySpan<byte> line)
    {
        line = buffer.AsSpan(start, length);
        start += terminated ? length + 1 : length;
        if (length == 0 && !terminated)
        {
            return false;
        }

        Terminated = terminated;
        Number++;
        return true;
    }

    private bool Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }

        var read = stream.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }
}
