using TrustedDataSpace.Hosting.Search;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>The terms of the index: one for each word, keyword and classification. All are looked up in the same way.</summary>
internal static class ProductTerms
{
    /// <summary>Number of these rules. Another number makes every product be indexed again at the next start.</summary>
    public const long Rules = 1;

    /// <summary>A word of title, description or keywords, as <see cref="SearchText"/> cuts them.</summary>
    public static string Word(string word) => "w:" + word;

    /// <summary>A keyword as a whole.</summary>
    public static string Keyword(string keyword) => "k:" + SearchText.Fold(keyword.Trim());

    public static string Classification(string classification) => "c:" + classification;

    public static IReadOnlyList<string> Of(string title, string description, IReadOnlyList<string> keywords, string classification) =>
    [
        .. SearchText.Words([title, description, .. keywords]).Select(Word),
        .. keywords.Select(Keyword).Distinct(),
        Classification(classification),
    ];
}
