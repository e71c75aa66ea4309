using System.Text;

namespace TrustedDataSpace.Protocol.Tokens;

/// <summary>
/// Counts text that comes in parts: as many tokens as the whole text has, wherever it was cut. What may still become another piece waits, at most
/// <see cref="MostWaiting"/> characters of it; a longer run without any boundary is cut there, which may count one token more each time.
/// Not safe for concurrent use.
/// </summary>
public sealed class TokenCounter(Tokenizer tokenizer)
{
    /// <summary>Most characters that wait for what follows: all that a counter keeps of its text.</summary>
    public const int MostWaiting = 8 * 1024;

    // So much is read again with each part that comes; what is longer, only when it has grown by as much again.
    private const int ReadEachTime = 128;

    private char[] waiting = [];
    private int length;
    private int lookAgainAt;
    private long counted;
    private int readLength = -1;
    private long readTokens;
    private long bytesSince;

    /// <summary>Tokens of the text so far, if nothing followed.</summary>
    public long Total => counted + tokenizer.Count(waiting.AsSpan(0, length));

    /// <summary>
    /// About <see cref="Total"/>, and never without what came last, at a price that does not grow with the text: exact while little waits; of a longer run without a
    /// boundary each byte that came since it was last read is taken for a token.
    /// </summary>
    public long Estimate
    {
        get
        {
            if (readLength < 0 || (length != readLength && (length <= ReadEachTime || length > 2 * readLength)))
            {
                (readLength, bytesSince) = (length, 0);
                readTokens = tokenizer.Count(waiting.AsSpan(0, length));
                ReadAgain += length;
            }

            return counted + readTokens + bytesSince;
        }
    }

    /// <summary>How many characters were read once more for estimates.</summary>
    internal long ReadAgain { get; private set; }

    /// <summary>The next part of the text.</summary>
    public void Add(ReadOnlySpan<char> part)
    {
        while (part.Length > 0)
        {
            var taken = Math.Min(part.Length, MostWaiting - length);
            Append(part[..taken]);
            part = part[taken..];
            Look();
        }
    }

    private void Append(ReadOnlySpan<char> part)
    {
        if (length + part.Length > waiting.Length)
        {
            Array.Resize(ref waiting, Math.Min(MostWaiting, Math.Max(length + part.Length, Math.Max(32, waiting.Length * 2))));
        }

        part.CopyTo(waiting.AsSpan(length));
        length += part.Length;
        if (readLength >= 0)
        {
            bytesSince += Encoding.UTF8.GetByteCount(part);
        }
    }

    private void Look()
    {
        // A long run that comes letter by letter is not looked at as a whole each time.
        if (length < lookAgainAt)
        {
            return;
        }

        counted += tokenizer.Count(waiting.AsSpan(0, length), whole: false, out var used);
        if (used == 0 && length == MostWaiting)
        {
            // No boundary in all that may wait.
            counted += tokenizer.Count(waiting.AsSpan(0, length), whole: true, out used);
        }

        if (used > 0)
        {
            waiting.AsSpan(used, length - used).CopyTo(waiting);
            length -= used;
            readLength = -1;
        }

        lookAgainAt = Math.Min(MostWaiting, length + (length / 2) + 1);
    }
}
