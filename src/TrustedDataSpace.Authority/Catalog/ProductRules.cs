using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Catalog;

/// <summary>What a product must be like to stand in the catalog: every part has a bound.</summary>
internal static class ProductRules
{
    private const int MaxId = 256;
    private const int MaxTitle = 200;
    private const int MaxDescription = 4000;
    private const int MaxKeywords = 32;
    private const int MaxKeyword = 64;
    private const int MaxTerms = 64;
    private const int MaxTerm = 400;

    /// <summary>Refuses what does not fit; all reasons at once.</summary>
    public static void Check(ProductRegistration product)
    {
        var problems = new List<string>();
        Bound(problems, "id", product.Id, 1, MaxId);
        Bound(problems, "offerId", product.OfferId, 1, MaxId);
        Bound(problems, "title", product.Title, 1, MaxTitle);
        Bound(problems, "description", product.Description, 0, MaxDescription);
        Bound(problems, "classification", product.Classification, 1, MaxKeyword);
        Bound(problems, "keywords", product.Keywords, MaxKeywords, MaxKeyword);
        Bound(problems, "terms", product.Terms, MaxTerms, MaxTerm);
        if (problems.Count > 0)
        {
            throw new RefusalException(RefusalCode.Malformed, "The product is refused: " + string.Join("; ", problems) + ".");
        }
    }

    private static void Bound(List<string> problems, string name, string value, int least, int most)
    {
        if (value.Length < least || value.Length > most)
        {
            problems.Add($"{name} has {least} to {most} characters, this one {value.Length}");
        }
    }

    private static void Bound(List<string> problems, string name, IReadOnlyList<string> values, int mostValues, int most)
    {
        if (values.Count > mostValues || values.Any(value => value.Length > most))
        {
            problems.Add($"{name} are {mostValues} at most, of {most} characters each");
        }
    }
}
