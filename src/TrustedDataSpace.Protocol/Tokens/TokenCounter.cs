namespace TrustedDataSpace.Protocol.Tokens;

/// <summary>
/// Counts text that comes in parts: as many tokens as the whole text has, wherever it was cut. What may still become another piece waits, at most
/// <see cref="MostWaiting"/> characters of it; a longer run without any boundary is cut there, which may count one token more each time.
/// Not safe for concurrent use.
/// </summary>
public sealed class TokenCounter(Tokenizer tokenizer)
{
    /// <summary>Most characters that wait for what follows.</summary>
    public const int MostWaiting = 64 * 1024;

    private char[] waiting = new char[256];
    private int length;
    private int lookAgainAt;
    private long counted;

    /// <summary>Tokens of the text so far, if nothing followed.</summary>
    public long Total => counted + tokenizer.Count(waiting.AsSpan(0, length));

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
            Array.Resize(ref waiting, Math.Max(length + part.Length, waiting.Length * 2));
        }

        part.CopyTo(waiting.AsSpan(length));
        length += part.Length;
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

        waiting.AsSpan(used, length - used).CopyTo(waiting);
        length -= used;
        lookAgainAt = Math.Min(MostWaiting, length + (length / 2) + 1);
    }
}
