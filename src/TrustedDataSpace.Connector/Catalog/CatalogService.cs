using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>What a peer may see.</summary>
internal sealed class CatalogService(ProductService products, PolicyGate gate)
{
    /// <summary>Products looked at for one page. Those the peer may not see are left out, so that a page may be shorter.</summary>
    public const int PageSize = 100;

    /// <summary>One page.</summary>
    /// <param name="peer">Who asks.</param>
    /// <param name="after">Last product id looked at before; empty at the beginning.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async Task<CatalogPage> VisibleAsync(Peer peer, string after, CancellationToken cancellation)
    {
        var (offered, next) = products.Offered(after, PageSize);
        var visible = new List<ProductOffer>();
        foreach (var product in offered)
        {
            if (await IsVisibleAsync(peer, product, cancellation))
            {
                visible.Add(product);
            }
        }

        return new CatalogPage(visible, next);
    }

    /// <summary>One product.</summary>
    /// <exception cref="RefusalException">NotFound, in the same words whether there is none or the peer may not see it.</exception>
    public async Task<ProductOffer> FindAsync(Peer peer, string productId, CancellationToken cancellation) =>
        products.Find(productId) is { } product && await IsVisibleAsync(peer, product, cancellation)
            ? product
            : throw new RefusalException(RefusalCode.NotFound, "There is no such dataset.");

    // The only authorisation of the catalog, for the list and for the item alike.
    private async ValueTask<bool> IsVisibleAsync(Peer peer, ProductOffer product, CancellationToken cancellation)
    {
        var decision = await gate.DecideAsync(
            new PolicyQuestion { Stage = PolicyStage.Catalog, Subject = peer, Terms = product.Terms, Product = product.Facts },
            cancellation);
        return decision.Allow;
    }
}

/// <summary>Part of the catalog.</summary>
/// <param name="Products">What the peer may see of it.</param>
/// <param name="Next">Where the next page goes on; null on the last.</param>
internal sealed record CatalogPage(IReadOnlyList<ProductOffer> Products, string? Next);
