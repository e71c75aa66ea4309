using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Coverage;

/// <summary>What is really done about each term: of what this participant offers, of what it signed, and of what it is about to sign.</summary>
internal static class CoverageEndpoints
{
    public static void MapCoverage(this IEndpointRouteBuilder app)
    {
        var products = app.MapManagement("products");
        products.MapGet(ManagementRoutes.ProductCoverage, OfProduct);
        products.MapGet(ManagementRoutes.OfferCoverage, OfOffer);
        app.MapManagement("agreements").MapGet(ManagementRoutes.AgreementCoverage, OfAgreement);
        app.MapManagement("catalog").MapPost(ManagementRoutes.CatalogCoverage, OfPeerAsync).WithMetadata(new ReadsOnly());
    }

    private static Ok<CoverageReport> OfProduct(string id, ProductListing products) => TypedResults.Ok(Report(products.Offer(products.Get(id).OfferId)));

    private static Ok<CoverageReport> OfOffer(string id, ProductListing products) => TypedResults.Ok(Report(products.Offer(id)));

    private static Ok<CoverageReport> OfAgreement(string id, AgreementService agreements)
    {
        var terms = agreements.Find(id) ?? throw new RefusalException(RefusalCode.NotFound, $"There is no agreement '{id}'.") { Remedy = $"see which there are: {ManagementRoutes.Agreements}" };
        return TypedResults.Ok(CoverageReader.Of(terms.Document, "agreement", terms.DatasetId));
    }

    private static async Task<Ok<IReadOnlyList<CoverageReport>>> OfPeerAsync(CatalogCoverageQuery query, PeerCatalog peers, CancellationToken cancellation)
    {
        var dataset = await peers.DatasetAsync(query.Provider, query.DatasetId, cancellation);
        return TypedResults.Ok<IReadOnlyList<CoverageReport>>([.. dataset.Offers.Select(offer => CoverageReader.Of(offer, "offer", dataset.Id))]);
    }

    private static CoverageReport Report(OfferView offer) => CoverageReader.Of(new(offer.Offer), "offer", offer.ProductId);
}
