using System.Text;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Catalog;

/// <summary>
/// Cuts text for the full-text index, and a query in the same way. Chinese and Japanese are written without spaces, and most of
/// their words have two characters: each single one and each neighbouring pair becomes a word of the index.
/// </summary>
internal static class SearchText
{
    private const int MaxQueryLength = 200;
    private const int MaxQueryWords = 16;

    /// <summary>The words of a text, separated by spaces.</summary>
    public static string ForIndex(IEnumerable<string> texts)
    {
        var words = new StringBuilder();
        foreach (var run in texts.SelectMany(Runs))
        {
            foreach (var word in run.IsIdeographic ? [.. Singles(run.Runes), .. Pairs(run.Runes)] : Whole(run.Runes))
            {
                words.Append(word).Append(' ');
            }
        }

        return words.ToString();
    }

    /// <summary>
    /// The query in FTS5's language: every word must be found, words of an alphabet by their beginning. Each is quoted, so that
    /// nothing in it is an operator.
    /// </summary>
    /// <exception cref="RefusalException">Malformed: too long, or without any word.</exception>
    public static string ForQuery(string query)
    {
        var words = query.Length <= MaxQueryLength ? Runs(query).SelectMany(QueryWords).Distinct().ToList() : [];
        return words.Count is > 0 and <= MaxQueryWords
            ? string.Join(' ', words)
            : throw new RefusalException(RefusalCode.Malformed, $"q must have 1 to {MaxQueryWords} words (a pair of Chinese characters is one) in {MaxQueryLength} characters at most.") { Term = "q" };
    }

    private static IEnumerable<string> QueryWords(Run run) => run switch
    {
        { IsIdeographic: false } => Whole(run.Runes).Select(word => $"\"{word}\"*"),
        { Runes.Count: 1 } => Singles(run.Runes).Select(word => $"\"{word}\""),
        _ => Pairs(run.Runes).Select(word => $"\"{word}\""),
    };

    private static IEnumerable<string> Singles(List<Rune> runes) => runes.Select(rune => rune.ToString());

    private static IEnumerable<string> Pairs(List<Rune> runes) => runes.Zip(runes.Skip(1), (first, second) => $"{first}{second}");

    private static IEnumerable<string> Whole(List<Rune> runes) => [string.Concat(runes)];

    // Runs of letters and digits of one kind; what lies between them separates words.
    private static IEnumerable<Run> Runs(string text)
    {
        Run? run = null;
        foreach (var rune in text.EnumerateRunes())
        {
            var isWord = Rune.IsLetterOrDigit(rune);
            if (run is not null && (!isWord || run.IsIdeographic != IsIdeographic(rune)))
            {
                yield return run;
                run = null;
            }

            if (isWord)
            {
                run ??= new Run(IsIdeographic(rune), []);
                run.Runes.Add(rune);
            }
        }

        if (run is not null)
        {
            yield return run;
        }
    }

    // Hiragana, katakana, Han with extension A, compatibility ideographs, and the supplementary ideographic planes.
    private static bool IsIdeographic(Rune rune) =>
        rune.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    private sealed record Run(bool IsIdeographic, List<Rune> Runes);
}
