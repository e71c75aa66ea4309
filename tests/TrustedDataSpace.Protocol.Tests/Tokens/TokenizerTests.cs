using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Tokens;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Tokens;

public sealed partial class TokenizerTests
{
    private static readonly string[] Alphabet =
    [
        "a", "b", "e", "l", "r", "s", "t", "v", "A", "B", "L", "S", "É", "é", "ß", "ǅ", "ʰ", "ª", "中", "文", "数", "据", "可", "あ", "カ", "ー", "한", "ע", "\u0301", "\u093F", "\u20DD",
        "0", "1", "7", "٣", "Ⅷ", "½", " ", " ", " ", "\t", "\n", "\r", "\u00A0", "\u3000", "\u2028", "\u0085", "'", "'", ".", ",", "!", "/", "-", "(", "“", "€", "+", "_", "\u200B", "\uFEFF", "\0",
    ];

    private static readonly string[] Astral = ["😀", "👩‍🚀", "𝒜", "𝓁", "𐍈", "🇨🇳", "𝟘", "\uD83D", "\uDE00"];

    [Fact]
    public void Tokens_are_those_of_the_vectors()
    {
        using var file = typeof(TokenizerTests).Assembly.GetManifestResourceStream("tokens.vectors.json")!;
        using var document = JsonDocument.Parse(file);
        var vectors = document.RootElement.GetProperty("vectors").EnumerateArray().ToList();
        Assert.Equal(21, vectors.Count);
        foreach (var vector in vectors)
        {
            var text = vector.GetProperty("text").GetString()!;
            Assert.Equal(vector.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()), Tokenizer.BuiltIn.Encode(text));
            Assert.Equal(vector.GetProperty("count").GetInt64(), Tokenizer.BuiltIn.Count(text));
        }
    }

    [Fact]
    public void Pieces_are_those_of_the_pattern()
    {
        for (var round = 0; round < 4_000; round++)
        {
            var text = Random(Alphabet, 1 + RandomNumberGenerator.GetInt32(24));
            Assert.Equal(Pattern().Matches(text).Select(match => match.Value), Pieces(text));
        }
    }

    [Fact]
    public void No_text_loses_or_gains_a_byte()
    {
        var vocabulary = Ranks();
        for (var round = 0; round < 500; round++)
        {
            var text = Random([.. Alphabet, .. Astral], RandomNumberGenerator.GetInt32(60));
            var bytes = Tokenizer.BuiltIn.Encode(text).SelectMany(token => vocabulary[token]).ToArray();
            Assert.Equal(Encoding.UTF8.GetBytes(text), bytes);
        }
    }

    [Fact]
    public void Merging_a_long_piece_gives_what_merging_by_the_rule_gives()
    {
        var ranks = Ranks().ToDictionary(pair => Convert.ToHexString(pair.Value), pair => pair.Key);
        for (var round = 0; round < 10; round++)
        {
            var text = Random(["a", "b", "t", "h", "e", "中", "文", "数"], 60 + RandomNumberGenerator.GetInt32(90));
            Assert.Equal(Pieces(text).SelectMany(piece => ByTheRule(Encoding.UTF8.GetBytes(piece), ranks)), Tokenizer.BuiltIn.Encode(text));
        }
    }

    [Fact]
    public void Text_in_parts_counts_as_the_whole_wherever_it_is_cut()
    {
        for (var round = 0; round < 600; round++)
        {
            var text = Random([.. Alphabet, .. Astral], RandomNumberGenerator.GetInt32(80));
            var counter = new TokenCounter(Tokenizer.BuiltIn);
            for (var at = 0; at < text.Length;)
            {
                var part = Math.Min(text.Length - at, 1 + RandomNumberGenerator.GetInt32(6));
                counter.Add(text.AsSpan(at, part));
                at += part;
                Assert.Equal(Tokenizer.BuiltIn.Count(text.AsSpan(0, at)), counter.Total);
            }
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("中")]
    [InlineData("😀")]
    [InlineData("\u0301")]
    public void A_long_text_without_a_boundary_is_counted_and_little_of_it_waits(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, (1 << 18) / Encoding.UTF8.GetByteCount(unit)));
        var whole = Tokenizer.BuiltIn.Count(text);
        var counter = new TokenCounter(Tokenizer.BuiltIn);
        foreach (var part in text.Chunk(7))
        {
            counter.Add(part);
        }

        Assert.InRange(counter.Total, whole, whole + (2 * (text.Length / TokenCounter.MostWaiting)) + 2);
    }

    [Fact]
    public void An_estimate_is_the_count_where_words_end_and_never_without_the_last_of_a_long_one()
    {
        for (var round = 0; round < 40; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 60).Select(_ => Random([.. Alphabet, .. Astral], RandomNumberGenerator.GetInt32(1, 60)) + (RandomNumberGenerator.GetInt32(8) == 0 ? new string('x', RandomNumberGenerator.GetInt32(1, 900)) : " word. ")));
            var counter = new TokenCounter(Tokenizer.BuiltIn);
            for (var at = 0; at < text.Length;)
            {
                var part = Math.Min(RandomNumberGenerator.GetInt32(1, 9), text.Length - at);
                counter.Add(text.AsSpan(at, part));
                at += part;
                Assert.InRange(counter.Estimate, counter.Total - 1, counter.Total + 1000);
            }

            Assert.Equal(Tokenizer.BuiltIn.Count(text), counter.Total);
        }
    }

    [Fact]
    public void What_is_read_again_does_not_grow_with_a_word_without_end()
    {
        var counter = new TokenCounter(Tokenizer.BuiltIn);
        for (var i = 0; i < 200_000; i++)
        {
            counter.Add("a");
            _ = counter.Estimate;
        }

        Assert.InRange(counter.ReadAgain, 1, 4 * 200_000);
        var whole = Tokenizer.BuiltIn.Count(new string('a', 200_000));
        Assert.InRange(counter.Total, whole, whole + (200_000 / TokenCounter.MostWaiting) + 1);
    }

    [Fact]
    public void A_part_larger_than_what_may_wait_is_cut_at_none_of_its_words()
    {
        for (var round = 0; round < 40; round++)
        {
            // Words across the mark of each 64 Ki, and what comes later.
            var text = string.Concat(Enumerable.Repeat("internationalization 数据空间 ", 3_000)) + Random([.. Alphabet, .. Astral], 200);
            var start = RandomNumberGenerator.GetInt32(60);
            var counter = new TokenCounter(Tokenizer.BuiltIn);
            counter.Add(text.AsSpan(start, TokenCounter.MostWaiting + round));
            counter.Add(text.AsSpan(start + TokenCounter.MostWaiting + round));
            Assert.Equal(Tokenizer.BuiltIn.Count(text.AsSpan(start)), counter.Total);
        }
    }

    [Fact]
    public void A_token_that_stands_in_a_vocabulary_twice_is_refused_also_when_all_bytes_are_there()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 256).Append('a').Select((value, rank) => $"{Convert.ToBase64String([(byte)value])} {rank}"));
        using var file = new MemoryStream(Encoding.ASCII.GetBytes(lines));
        Assert.Throws<InvalidDataException>(() => BytePairVocabulary.Read(file));
    }

    [Fact]
    public void Another_vocabulary_comes_from_a_file_compressed_or_not()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 256).Select(value => $"{Convert.ToBase64String([(byte)value])} {value}").Append($"{Convert.ToBase64String("ab"u8)} 256"));
        using var plain = new MemoryStream(Encoding.ASCII.GetBytes(lines));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes(lines));
        }

        packed.Position = 0;
        foreach (var file in new Stream[] { plain, packed })
        {
            var tokenizer = new Tokenizer("own", "7", BytePairVocabulary.Read(file));
            Assert.Equal([256, 'c', 256], tokenizer.Encode("abcab"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("YQ== x")]
    [InlineData("YQ==")]
    [InlineData("! 1")]
    [InlineData("YQ== 1\nYg== 1")]
    [InlineData("YQ== 1")]
    [InlineData("YQ== 1\nYQ== 2")]
    public void What_is_no_vocabulary_is_refused(string text)
    {
        using var file = new MemoryStream(Encoding.ASCII.GetBytes(text));
        Assert.Throws<InvalidDataException>(() => BytePairVocabulary.Read(file));
    }

    private static List<string> Pieces(string text)
    {
        var pieces = new List<string>();
        var splitter = new PieceSplitter(text);
        for (var at = 0; at < text.Length; at += pieces[^1].Length)
        {
            pieces.Add(text.Substring(at, splitter.Next(at)));
        }

        return pieces;
    }

    private static List<int> ByTheRule(byte[] piece, Dictionary<string, int> ranks)
    {
        var parts = piece.Select(value => new[] { value }).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, parts.Count - 1)
                .Select(i => (Rank: ranks.GetValueOrDefault(Convert.ToHexString([.. parts[i], .. parts[i + 1]]), int.MaxValue), At: i))
                .DefaultIfEmpty((int.MaxValue, 0))
                .Min();
            if (best.Item1 == int.MaxValue)
            {
                return parts.ConvertAll(part => ranks[Convert.ToHexString(part)]);
            }

            parts[best.Item2] = [.. parts[best.Item2], .. parts[best.Item2 + 1]];
            parts.RemoveAt(best.Item2 + 1);
        }
    }

    private static Dictionary<int, byte[]> Ranks()
    {
        using var resource = typeof(Tokenizer).Assembly.GetManifestResourceStream("o200k_base.tiktoken.gz")!;
        using var reader = new StreamReader(new GZipStream(resource, CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(line => int.Parse(line[1], null), line => Convert.FromBase64String(line[0]));
    }

    private static string Random(string[] alphabet, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => alphabet[RandomNumberGenerator.GetInt32(alphabet.Length)]));

    [GeneratedRegex(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE]))?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE]))?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    private static partial Regex Pattern();
}
