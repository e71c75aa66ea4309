using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Hosting.Search;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>What a peer asks the catalog for.</summary>
internal sealed record CatalogRequest
{
    private const int MostKeywords = 16;
    private const int MostIds = 100;
    private const int LongestValue = 64;

    /// <summary>The datasets that are meant.</summary>
    public required ProductSelection Selection { get; init; }

    /// <summary>Whether nested catalogs are listed, too.</summary>
    public bool ListsCatalogs { get; init; }

    /// <summary>Where the page begins.</summary>
    public CatalogPosition Position { get; init; } = CatalogPosition.Beginning;

    /// <summary>Hash over catalog and filter: cursors belong to it.</summary>
    public required string Scope { get; init; }

    /// <summary>Reads a request.</summary>
    /// <param name="filter">Of the message (DSP §5.2.1).</param>
    /// <param name="catalog">Name of the nested catalog that is asked; null: the root.</param>
    /// <param name="cursor">Of the page; null: the first.</param>
    /// <exception cref="RefusalException">Unsupported: it is another form of filter; Malformed.</exception>
    public static CatalogRequest Read(IReadOnlyList<JsonElement> filter, string? catalog, string? cursor)
    {
        var asked = filter.Count == 0 ? null : ReadFilter(filter);
        var scope = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{catalog}/{(asked is null ? "" : CanonicalJson.Hash(asked.ToElement()))}")));
        return new CatalogRequest
        {
            // The root with a filter is searched with all that is nested in it: a dataset must not be missed because of where it stands.
            Selection = asked is null ? new ProductSelection { Catalog = catalog ?? "" } : SelectionOf(asked) with { Catalog = catalog },
            ListsCatalogs = asked is null && catalog is null,
            Scope = scope,
            Position = cursor is null ? CatalogPosition.Beginning : CatalogCursor.Read(cursor, scope),
        };
    }

    private static CatalogFilter ReadFilter(IReadOnlyList<JsonElement> filter)
    {
        if (filter.Count != 1 || DspJson.TypeOf(filter[0]) != CatalogFilter.TypeName)
        {
            // DSP §6: a filter that is not supported must be refused, or the peer would take everything for what it asked for.
            throw new RefusalException(RefusalCode.Unsupported, "This form of catalog filter is not supported here.")
            {
                Term = "filter",
                Remedy = $"leave the filter out, or send one object with \"@type\": \"{CatalogFilter.TypeName}\"",
            };
        }

        var read = ProtocolJson.Read<CatalogFilter>(filter[0]);
        if (read.Keywords.Count > MostKeywords || read.Keywords.Any(word => string.IsNullOrWhiteSpace(word) || word.Length > LongestValue))
        {
            throw Refused("keyword", $"at most {MostKeywords} of 1 to {LongestValue} characters");
        }

        if (read.DatasetIds.Count > MostIds || read.DatasetIds.Any(id => id.Length is 0 or > LongestValue))
        {
            throw Refused("datasetId", $"at most {MostIds} of 1 to {LongestValue} characters");
        }

        if (read.Classification is { Length: 0 or > LongestValue })
        {
            throw Refused("classification", $"1 to {LongestValue} characters");
        }

        return read;
    }

    private static ProductSelection SelectionOf(CatalogFilter filter) => new()
    {
        Ids = [.. filter.DatasetIds.Distinct()],
        Terms =
        [
            .. filter.Keywords.Select(ProductTerms.Keyword).Distinct(),
            .. filter.Text is null ? [] : SearchText.Words(filter.Text, "filter.text").Select(ProductTerms.Word),
            .. filter.Classification is null ? Array.Empty<string>() : [ProductTerms.Classification(filter.Classification)],
        ],
    };

    private static RefusalException Refused(string property, string bound) =>
        new(RefusalCode.Malformed, $"The catalog filter is refused, {property}: {bound}.") { Term = "filter", Where = $"$.filter[0].{property}" };
}
