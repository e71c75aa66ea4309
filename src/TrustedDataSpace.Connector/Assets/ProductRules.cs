using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>What a product may be, its policy aside. All problems are told at once.</summary>
internal static class ProductRules
{
    public const int LongestTitle = 200;
    public const int LongestDescription = 4000;
    public const int MostKeywords = 32;
    public const int LongestKeyword = 64;

    private static readonly string[] Classifications = ["general", "personal", "important"];

    /// <exception cref="RefusalException">Malformed, with every problem.</exception>
    public static void Check(ProductDefinition product) => Refusals.ThrowIfAny("product", Problems(product));

    private static IEnumerable<RefusalReason> Problems(ProductDefinition product)
    {
        if (!AssetRules.IsId(product.Id))
        {
            yield return new("invalid_id", "id", $"'{product.Id}' is no id", "use 1 to 64 of a-z, A-Z, 0-9, '-', '_', '.', beginning with a letter or digit");
        }

        if (string.IsNullOrWhiteSpace(product.Title) || product.Title.Length > LongestTitle)
        {
            yield return new("invalid_text", "title", $"it is empty or longer than {LongestTitle} characters", null);
        }

        if (product.Description.Length > LongestDescription)
        {
            yield return new("invalid_text", "description", $"it is longer than {LongestDescription} characters", null);
        }

        if (product.Keywords.Count > MostKeywords || product.Keywords.Any(word => string.IsNullOrWhiteSpace(word) || word.Length > LongestKeyword))
        {
            yield return new("invalid_list", "keywords", $"at most {MostKeywords} of 1 to {LongestKeyword} characters", null);
        }

        if (!Classifications.Contains(product.Classification))
        {
            yield return new("unknown_classification", "classification", $"'{product.Classification}' is not known", $"use one of {string.Join(", ", Classifications)}");
        }
    }
}
