using System.IO.Compression;

namespace TrustedDataSpace.Protocol.Tokens;

/// <summary>
/// A byte-pair vocabulary: which byte sequences are tokens, and which of them merge first. Read from the public file format (a line for each
/// token: its bytes in base64, a space, its rank). Immutable; safe for concurrent use.
/// </summary>
public sealed class BytePairVocabulary
{
    /// <summary>Most tokens of a vocabulary.</summary>
    public const int MostTokens = 1 << 20;

    private const int LongestToken = 1024;

    private readonly byte[] bytes;
    private readonly int[] ends;
    private readonly int[] places;

    // Open addressing: ranks plus one by the hash of their bytes. Half of the places at the most are taken.
    private readonly int[] table;

    private BytePairVocabulary(byte[] bytes, int[] ends, int[] places)
    {
        (this.bytes, this.ends, this.places) = (bytes, ends, places);
        table = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, ends.Length * 2))];
        for (var i = 0; i < ends.Length; i++)
        {
            var slot = Slot(Token(i));
            while (table[slot] != 0)
            {
                if (Token(table[slot] - 1).SequenceEqual(Token(i)))
                {
                    throw new InvalidDataException($"The token {Convert.ToBase64String(Token(i))} stands in the vocabulary twice.");
                }

                slot = (slot + 1) & (table.Length - 1);
            }

            table[slot] = i + 1;
        }
    }

    /// <summary>How many tokens it has.</summary>
    public int Count => ends.Length;

    /// <summary>The longest token, bytes: nothing longer is looked up.</summary>
    public int Longest { get; private init; }

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="file">The file, compressed with gzip or not; read to its end.</param>
    /// <exception cref="InvalidDataException">A line is none of a vocabulary, a token or a rank is there twice, or not every single byte is a token.</exception>
    public static BytePairVocabulary Read(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var text = new StreamReader(Decompressed(file));
        var (all, ends, ranks, seen, longest) = (new List<byte>(1 << 20), new List<int>(1 << 18), new List<int>(1 << 18), new HashSet<int>(), 0);
        Span<byte> token = stackalloc byte[LongestToken];
        for (var line = 1; text.ReadLine() is { } row; line++)
        {
            if (row.Length == 0)
            {
                continue;
            }

            var space = row.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || !Convert.TryFromBase64Chars(row.AsSpan(0, space), token, out var length) || length == 0
                || !int.TryParse(row.AsSpan(space + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var rank)
                || !seen.Add(rank) || ends.Count == MostTokens)
            {
                throw new InvalidDataException($"Line {line} of the vocabulary is not a token (base64, at most {LongestToken} bytes), a space and a rank of its own; or there are more than {MostTokens}.");
            }

            all.AddRange(token[..length]);
            ends.Add(all.Count);
            ranks.Add(rank);
            longest = Math.Max(longest, length);
        }

        var vocabulary = new BytePairVocabulary([.. all], [.. ends], [.. ranks]) { Longest = longest };
        return Enumerable.Range(0, 256).All(value => vocabulary.RankOf([(byte)value]) != int.MaxValue)
            ? vocabulary
            : throw new InvalidDataException("The vocabulary lacks a single byte: not every text could be written in its tokens.");
    }

    /// <summary>The rank of a token; <see cref="int.MaxValue"/> if the bytes are none.</summary>
    public int RankOf(ReadOnlySpan<byte> token)
    {
        if (token.Length > Longest && Longest > 0)
        {
            return int.MaxValue;
        }

        for (var slot = Slot(token); table[slot] != 0; slot = (slot + 1) & (table.Length - 1))
        {
            if (Token(table[slot] - 1).SequenceEqual(token))
            {
                return places[table[slot] - 1];
            }
        }

        return int.MaxValue;
    }

    private static Stream Decompressed(Stream file)
    {
        var buffered = new BufferedStream(file);
        var first = buffered.ReadByte();
        if (first < 0)
        {
            throw new InvalidDataException("The vocabulary is empty.");
        }

        // The magic number of gzip (RFC 1952 §2.3.1) is no text of base64.
        return first == 0x1f ? new GZipStream(new Prefixed(0x1f, buffered), CompressionMode.Decompress) : new Prefixed((byte)first, buffered);
    }

    private ReadOnlySpan<byte> Token(int index)
    {
        var start = index == 0 ? 0 : ends[index - 1];
        return bytes.AsSpan(start, ends[index] - start);
    }

    // FNV-1a, and its high bits mixed in: tokens are short.
    private int Slot(ReadOnlySpan<byte> token)
    {
        var hash = 2166136261u;
        foreach (var value in token)
        {
            hash = (hash ^ value) * 16777619u;
        }

        return (int)((hash ^ (hash >> 15)) & (uint)(table.Length - 1));
    }

    /// <summary>A byte that was read already, and then the rest.</summary>
    private sealed class Prefixed(byte first, Stream rest) : Stream
    {
        private bool given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (given || buffer.IsEmpty)
            {
                return rest.Read(buffer);
            }

            buffer[0] = first;
            given = true;
            return 1;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
