using System.Buffers;
using System.Text;

namespace TrustedDataSpace.Protocol.Tokens;

/// <summary>
/// Counts text in tokens as language models do: cut into pieces, in each of which the neighbours with the lowest rank merge until none does
/// (byte-pair encoding). Special tokens are plain text. Both connectors count by it, so its name and version stand beside each count. Safe for concurrent use.
/// </summary>
public sealed class Tokenizer
{
    /// <summary>The name of the built-in vocabulary.</summary>
    public const string BuiltInId = "o200k_base";

    /// <summary>The version of the built-in vocabulary.</summary>
    public const string BuiltInVersion = "1";

    private static readonly Lazy<Tokenizer> Shared = new(() =>
    {
        using var resource = typeof(Tokenizer).Assembly.GetManifestResourceStream("o200k_base.tiktoken.gz")!;
        return new Tokenizer(BuiltInId, BuiltInVersion, BytePairVocabulary.Read(resource));
    });

    private readonly BytePairVocabulary vocabulary;

    /// <summary>A tokenizer with a vocabulary of its own, which is split as <c>o200k_base</c> is.</summary>
    /// <param name="id">Its name, as contracts spell it.</param>
    /// <param name="version">Its version.</param>
    /// <param name="vocabulary">Which tokens there are.</param>
    public Tokenizer(string id, string version, BytePairVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        (Id, Version, this.vocabulary) = (id, version, vocabulary);
    }

    /// <summary><c>o200k_base</c>, read when it is first asked for (some 100 ms, 10 MB).</summary>
    public static Tokenizer BuiltIn => Shared.Value;

    /// <summary>Its name.</summary>
    public string Id { get; }

    /// <summary>Version of its vocabulary.</summary>
    public string Version { get; }

    /// <summary>How many tokens the text has.</summary>
    public long Count(ReadOnlySpan<char> text) => Count(text, whole: true, out _);

    /// <summary>The tokens of the text, by rank.</summary>
    public IReadOnlyList<int> Encode(ReadOnlySpan<char> text)
    {
        var tokens = new List<int>();
        var pieces = new PieceSplitter(text);
        for (var at = 0; at < text.Length;)
        {
            var length = pieces.Next(at);
            WithBytes(text.Slice(at, length), tokens);
            at += length;
        }

        return tokens;
    }

    /// <summary>Counts what cannot change any more, whatever follows; or all.</summary>
    /// <param name="text">The text so far.</param>
    /// <param name="whole">Whether nothing follows.</param>
    /// <param name="used">How much of the text was counted.</param>
    internal long Count(ReadOnlySpan<char> text, bool whole, out int used)
    {
        var count = 0L;
        var pieces = new PieceSplitter(text);
        for (used = 0; used < text.Length;)
        {
            var length = pieces.Next(used);
            if (!whole && !pieces.IsFinal)
            {
                break;
            }

            count += WithBytes(text.Slice(used, length), into: null);
            used += length;
        }

        return count;
    }

    // Encoding replaces half of a surrogate pair by U+FFFD, as it would on the wire.
    private int WithBytes(ReadOnlySpan<char> piece, List<int>? into)
    {
        const int OnStack = 256;
        var most = Encoding.UTF8.GetMaxByteCount(piece.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        try
        {
            var bytes = rented ?? stackalloc byte[OnStack];
            return Merge(bytes[..Encoding.UTF8.GetBytes(piece, bytes)], into);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private int Merge(ReadOnlySpan<byte> piece, List<int>? into)
    {
        if (vocabulary.RankOf(piece) is not int.MaxValue and var whole)
        {
            into?.Add(whole);
            return 1;
        }

        var merging = new PieceMerging(vocabulary, piece);
        return merging.Run(into);
    }
}
