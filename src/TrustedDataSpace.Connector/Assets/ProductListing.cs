using System.Globalization;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Search;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>What this participant offers and has offered, for its own people and programs.</summary>
internal sealed class ProductListing(Database database, ConnectorSettings settings, CompiledOffers offers)
{
    /// <summary>Products on offer, in the order of their ids. A page may be shorter than asked for, and empty, with more behind it.</summary>
    /// <param name="page">Which part.</param>
    /// <param name="words">Words that must all be in title, description or keywords; null: any.</param>
    /// <param name="assetId">The asset that they are on; null: any.</param>
    public Page<ProductView> List(PageRequest page, string? words = null, string? assetId = null)
    {
        var selection = new ProductSelection
        {
            AssetId = assetId,
            Terms = string.IsNullOrWhiteSpace(words) ? [] : [.. SearchText.Words(words, "q").Select(ProductTerms.Word)],
        };
        var from = ProductPosition.After(page.After);
        return database.Read(connection =>
        {
            var scan = ProductIndex.Scan(connection, settings.Space.Id, selection, from, page.Size);
            var rows = ProductStore.Find(connection, settings.Space.Id, scan.Ids).OrderBy(row => row.Id, StringComparer.Ordinal);
            return new Page<ProductView>([.. rows.Select(View)], scan.IsAtEnd ? null : PageRequest.CursorAfter(scan.Last!));
        });
    }

    /// <summary>The product as it is offered now.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public ProductView Get(string productId) =>
        View(database.Read(connection => ProductStore.Find(connection, settings.Space.Id, productId)) ?? throw ProductService.NoSuch(productId));

    /// <summary>Every version of the product, newest first.</summary>
    /// <exception cref="RefusalException">NotFound: there never was one.</exception>
    public Page<ProductView> Versions(string productId, PageRequest page)
    {
        var before = page.After switch
        {
            "" => long.MaxValue,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) => version,
            _ => throw new RefusalException(RefusalCode.Malformed, "The cursor is not one of this list.") { Term = "cursor" },
        };
        var rows = database.Read(connection => ProductStore.Versions(connection, settings.Space.Id, productId, before, page.Size + 1));
        return rows.Count == 0 && page.Cursor is null
            ? throw new RefusalException(RefusalCode.NotFound, $"There never was a product '{productId}'.")
            : page.ToPage(rows, View, row => row.Version.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>An offer, be it made now or not.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public OfferView Offer(string offerId)
    {
        var (row, isOffered) = database.Read(connection => (
            ProductStore.FindVersion(connection, settings.Space.Id, offerId),
            ProductStore.FindByOffer(connection, settings.Space.Id, offerId) is not null));
        if (row is null)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no offer '{offerId}'.");
        }

        var view = View(row);
        var document = Protocol.Dsp.PolicyDocument.Parse(row.Offer);
        return new OfferView
        {
            Id = row.OfferId,
            ProductId = row.Id,
            Version = row.Version,
            IsCurrent = isOffered && view.Refusal is null,
            Offer = document.Element,
            Hash = document.Hash,
            Coverage = view.Coverage,
        };
    }

    private ProductView View(ProductRow row)
    {
        try
        {
            return row.ToView(offers.Of(row.Offer).Policy.Coverage);
        }
        catch (RefusalException refusal)
        {
            // Its owner must find it here to mend it.
            return row.ToView([], refusal.Message);
        }
    }
}
