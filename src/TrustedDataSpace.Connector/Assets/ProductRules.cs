using TrustedDataSpace.Protocol.Dsp;
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
    private static readonly string[] Formats = [DspConstants.HttpPull, DspConstants.HttpPush];

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

        if (product.Negotiation is not (NegotiationModes.Automatic or NegotiationModes.Manual or NegotiationModes.Mixed))
        {
            yield return new("unknown_mode", "negotiation", $"'{product.Negotiation}' is not known", $"use {NegotiationModes.Automatic}, {NegotiationModes.Manual} or {NegotiationModes.Mixed}");
        }

        if (product.Transfers is not (NegotiationModes.Automatic or NegotiationModes.Manual))
        {
            yield return new("unknown_mode", "transfers", $"'{product.Transfers}' is not known", $"use {NegotiationModes.Automatic} or {NegotiationModes.Manual}");
        }

        if (product.Formats.Count == 0 || product.Formats.Distinct().Count() != product.Formats.Count || product.Formats.Except(Formats).Any())
        {
            yield return new("unknown_format", "formats", "it is empty, or has a format twice or one that is not known", $"use one or more of {string.Join(", ", Formats)}");
        }

        if (product.Catalog is not null && !AssetRules.IsId(product.Catalog))
        {
            yield return new("invalid_id", "catalog", $"'{product.Catalog}' is no name of a catalog", "use 1 to 64 of a-z, A-Z, 0-9, '-', '_', '.', beginning with a letter or digit");
        }

        if (!Classifications.Contains(product.Classification))
        {
            yield return new("unknown_classification", "classification", $"'{product.Classification}' is not known", $"use one of {string.Join(", ", Classifications)}");
        }
    }
}
