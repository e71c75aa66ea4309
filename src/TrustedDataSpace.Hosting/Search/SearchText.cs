using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Search;

/// <summary>
/// Cuts text for the full-text index, and a query in the same way. Chinese and Japanese are written without spaces, and most of
/// their words have two characters: each single one and each neighbouring pair becomes a word of the index.
/// </summary>
public static class SearchText
{
    private const int MaxQueryLength = 200;
    private const int MaxQueryWords = 16;

    /// <summary>The words of a text, separated by spaces.</summary>
    public static string ForIndex(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var words = new StringBuilder();
        foreach (var word in texts.SelectMany(Runs).SelectMany(IndexWords))
        {
            words.Append(word).Append(' ');
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
        ArgumentNullException.ThrowIfNull(query);
        var words = query.Length <= MaxQueryLength ? Runs(query).SelectMany(QueryWords).Distinct().ToList() : [];
        return words.Count is > 0 and <= MaxQueryWords
            ? string.Join(' ', words)
            : throw BadQuery("q");
    }

    /// <summary>The different words of a text, folded: for an index that compares whole words exactly, in any database.</summary>
    public static IReadOnlyList<string> Words(IEnumerable<string> texts) => [.. texts.Select(Fold).SelectMany(Runs).SelectMany(IndexWords).Distinct()];

    /// <summary>The words of a query for an index of <see cref="Words(IEnumerable{string})"/>: each must be found.</summary>
    /// <param name="query">The query.</param>
    /// <param name="name">What its sender calls it.</param>
    /// <exception cref="RefusalException">Malformed: too long, or without any word.</exception>
    public static IReadOnlyList<string> Words(string query, string name)
    {
        ArgumentNullException.ThrowIfNull(query);
        var words = query.Length <= MaxQueryLength ? Runs(Fold(query)).SelectMany(SoughtWords).Distinct().ToList() : [];
        return words.Count is > 0 and <= MaxQueryWords ? words : throw BadQuery(name);
    }

    /// <summary>Without case, accents and widths.</summary>
    public static string Fold(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var folded = WithoutNoncharacters(text).Normalize(NormalizationForm.FormKD).EnumerateRunes().Where(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark);
        return string.Concat(folded.Select(Rune.ToLowerInvariant));
    }

    // Code points that are no characters (Unicode 23.7) are no part of a word: spaces here, as some of them cannot be normalised.
    private static string WithoutNoncharacters(string text) => text.AsSpan().IndexOfAnyInRange('\uFDD0', '\uFDEF') < 0 && text.AsSpan().IndexOfAny('\uFFFE', '\uFFFF') < 0 && !text.Any(char.IsSurrogate)
        ? text
        : string.Concat(text.EnumerateRunes().Select(rune => rune.Value is (< 0xFDD0 or > 0xFDEF) && (rune.Value & 0xFFFE) != 0xFFFE ? rune : new Rune(' ')));

    private static IEnumerable<string> IndexWords(Run run) => run.IsIdeographic ? [.. Singles(run.Runes), .. Pairs(run.Runes)] : Whole(run.Runes);

    private static IEnumerable<string> SoughtWords(Run run) => run switch
    {
        { IsIdeographic: false } => Whole(run.Runes),
        { Runes.Count: 1 } => Singles(run.Runes),
        _ => Pairs(run.Runes),
    };

    private static RefusalException BadQuery(string name) =>
        new(RefusalCode.Malformed, $"{name} must have 1 to {MaxQueryWords} words (a pair of Chinese characters is one) in {MaxQueryLength} characters at most.") { Term = name };

    private static IEnumerable<string> QueryWords(Run run) => SoughtWords(run).Select(word => run.IsIdeographic ? $"\"{word}\"" : $"\"{word}\"*");

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
