using System.Text;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Catalog;

/// <summary>Takes products into the catalog of the space.</summary>
internal sealed class ProductService(Database database, EvidenceTrail evidence, AuthoritySettings settings)
{
    /// <summary>Registers a product of its provider; the same one again changes nothing.</summary>
    public async Task<ProductRegistration> RegisterAsync(ProductRegistration product)
    {
        ProductRules.Check(product);
        await database.WriteAsync(unit => Register(unit, product));
        return product;
    }

    /// <summary>Takes a product of its provider out of the catalog.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public Task WithdrawAsync(string provider, string id) => database.WriteAsync(unit =>
    {
        if (ProductStore.Find(unit, provider, id) is not { } known)
        {
            throw new RefusalException(RefusalCode.NotFound, $"{provider} has registered no product '{id}'.");
        }

        ProductStore.Remove(unit, provider, id, known.Seq);
        evidence.Append(unit, EvidenceKinds.ProductWithdrawn, new { id, provider });
    });

    private void Register(UnitOfWork unit, ProductRegistration product)
    {
        var provider = product.Provider.Value;
        var body = Encoding.UTF8.GetString(CanonicalJson.Bytes(product));
        var known = ProductStore.Find(unit, provider, product.Id);
        if (known?.Body == body)
        {
            return;
        }

        if (known is null && ProductStore.Count(unit, provider) >= settings.Catalog.MaxProductsPerProvider)
        {
            // Not "later": however often it is sent again, there is no room until one is withdrawn.
            throw new RefusalException(RefusalCode.LimitReached, $"{provider} has registered {settings.Catalog.MaxProductsPerProvider} products, the most this space allows.")
            {
                Remedy = "withdraw a product, or have the operator raise Catalog:MaxProductsPerProvider; then publish this one again",
            };
        }

        ProductStore.Put(unit, product, body, known?.Seq ?? ProductStore.NextSeq(unit));
        evidence.Append(unit, EvidenceKinds.ProductPublished, new { product.Id, provider, product.OfferId, product.Classification });
    }
}
