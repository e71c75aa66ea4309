using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>What a peer may see.</summary>
internal sealed class CatalogService(ProductService products, PolicyGate gate)
{
    /// <summary>Most datasets, and most nested catalogs, of one page.</summary>
    public const int PageSize = 100;

    /// <summary>
    /// Most products that are looked at for one page. A peer that may see few of many gets pages that are shorter, or empty, with more behind
    /// them: what a page costs does not depend on how much is hidden.
    /// </summary>
    public const int MostLookedAt = 200;

    // For a filter that few products fulfil: each search walks a bounded way along the index.
    private const int MostSearches = 3;

    /// <summary>One page.</summary>
    /// <param name="peer">Who asks.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async Task<CatalogPage> PageAsync(Peer peer, CatalogRequest request, CancellationToken cancellation)
    {
        var look = new Look(this, products, peer, cancellation);
        var names = new List<string>();
        if (request.Position.IsAmongCatalogs && request.ListsCatalogs)
        {
            var stopped = await AddCatalogsAsync(look, request.Position, names);
            if (stopped is not null)
            {
                return new CatalogPage([], names, Previous: null, stopped);
            }
        }

        var from = request.Position.InDatasets;
        var (visible, reached) = await AddDatasetsAsync(look, request.Selection, from);
        return from.IsBackward
            ? new CatalogPage([.. Enumerable.Reverse(visible)], names, reached, CatalogPosition.In(Opposite(from)))
            : new CatalogPage(visible, names, from == ProductPosition.Beginning ? null : CatalogPosition.In(Opposite(from)), reached);
    }

    /// <summary>One product.</summary>
    /// <exception cref="RefusalException">NotFound, in the same words whether there is none or the peer may not see it.</exception>
    public async Task<ProductOffer> FindAsync(Peer peer, string productId, CancellationToken cancellation) =>
        products.Find(productId) is { } product && await IsVisibleAsync(peer, product, cancellation)
            ? product
            : throw new RefusalException(RefusalCode.NotFound, "There is no such dataset.");

    // What was left behind when this page was begun: from the other side of the same place.
    private static ProductPosition Opposite(ProductPosition place) => place with
    {
        Side = place.Side switch
        {
            ProductSide.After => ProductSide.Through,
            ProductSide.From => ProductSide.Before,
            ProductSide.Before => ProductSide.From,
            _ => ProductSide.After,
        },
    };

    // A catalog is there for whoever may see one of its products; its name alone may say too much.
    private async Task<CatalogPosition?> AddCatalogsAsync(Look look, CatalogPosition from, List<string> names)
    {
        var (name, after) = (from.CatalogName, from.AfterProduct);
        for (name ??= products.NextCatalog(""); name is not null; (name, after) = (products.NextCatalog(name), ""))
        {
            if (names.Count == PageSize || look.IsOver)
            {
                return CatalogPosition.Within(name, after);
            }

            var (isVisible, stopped) = await look.IntoAsync(new ProductSelection { Catalog = name }, after);
            if (stopped is not null)
            {
                return CatalogPosition.Within(name, stopped);
            }

            if (isVisible)
            {
                names.Add(name);
            }
        }

        return null;
    }

    private async Task<(List<ProductOffer> Visible, CatalogPosition? Reached)> AddDatasetsAsync(Look look, ProductSelection selection, ProductPosition from)
    {
        var onwards = from.IsBackward ? ProductSide.Before : ProductSide.After;
        var visible = new List<ProductOffer>();
        for (var searches = 0; searches < MostSearches && !look.IsOver; searches++)
        {
            var (scan, offers) = products.Look(selection, from, PageSize);
            foreach (var id in scan.Ids)
            {
                if (visible.Count == PageSize || look.IsOver)
                {
                    return (visible, CatalogPosition.In(from));
                }

                if (await look.AtAsync(offers.GetValueOrDefault(id)))
                {
                    visible.Add(offers[id]);
                }

                from = new ProductPosition(onwards, id);
            }

            if (scan.IsAtEnd)
            {
                return (visible, Reached: null);
            }

            from = new ProductPosition(onwards, scan.Last!);
        }

        return (visible, CatalogPosition.In(from));
    }

    // The only authorisation of the catalog, for lists, searches, nested catalogs and items alike.
    private async ValueTask<bool> IsVisibleAsync(Peer peer, ProductOffer product, CancellationToken cancellation)
    {
        var decision = await gate.DecideAsync(
            new PolicyQuestion { Stage = PolicyStage.Catalog, Subject = peer, Terms = product.Terms, Product = product.Facts },
            cancellation);
        return decision.Allow;
    }

    /// <summary>Looks at products for one peer and one page, and counts them.</summary>
    private sealed class Look(CatalogService catalog, ProductService products, Peer peer, CancellationToken cancellation)
    {
        private const int AtOnce = 4;

        // Finding the catalog and opening it costs about as much as looking at so many products.
        private const int CatalogCost = 4;

        private int seen;

        public bool IsOver => seen >= MostLookedAt;

        /// <summary>Whether the peer may see it. One that is not understood (null) nobody sees.</summary>
        public ValueTask<bool> AtAsync(ProductOffer? product)
        {
            seen++;
            return product is null ? ValueTask.FromResult(false) : catalog.IsVisibleAsync(peer, product, cancellation);
        }

        /// <summary>Whether the peer may see one of these; or behind which one this page could look no further.</summary>
        public async Task<(bool IsVisible, string? Stopped)> IntoAsync(ProductSelection selection, string after)
        {
            seen += CatalogCost;
            while (true)
            {
                var (scan, offers) = products.Look(selection, ProductPosition.After(after), AtOnce);
                foreach (var id in scan.Ids)
                {
                    if (await AtAsync(offers.GetValueOrDefault(id)))
                    {
                        return (true, null);
                    }

                    after = id;
                    if (IsOver)
                    {
                        return (false, after);
                    }
                }

                if (scan.IsAtEnd)
                {
                    return (false, null);
                }

                after = scan.Last!;
            }
        }
    }
}

/// <summary>Part of the catalog.</summary>
/// <param name="Products">What the peer may see of it.</param>
/// <param name="Catalogs">Names of the nested catalogs that it may see something in.</param>
/// <param name="Previous">Where the datasets before these are; null: there are none.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
internal sealed record CatalogPage(IReadOnlyList<ProductOffer> Products, IReadOnlyList<string> Catalogs, CatalogPosition? Previous, CatalogPosition? Next);
