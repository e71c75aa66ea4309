using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>What this participant offers.</summary>
internal sealed class ProductService(
    Database database, EvidenceTrail evidence, OutboxQueue outbox, ConnectorSettings settings, CompiledOffers offers, ILogger<ProductService> logger)
{
    /// <summary>Publishes a product, or the next version of one. The same definition again changes nothing.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported: what is wrong with it, all at once. Nothing is published that could not be enforced as written.</exception>
    /// <param name="definition">The product.</param>
    /// <param name="condition">What must be on offer now; null: whatever.</param>
    /// <exception cref="RefusalException">PreconditionFailed: something else is on offer.</exception>
    public async Task<ProductView> PublishAsync(ProductDefinition definition, IfMatch? condition = null)
    {
        ProductRules.Check(definition);
        var hash = DefinitionHash.Of(definition);

        // Understood before it is numbered: a refused policy leaves no trace.
        Understand(Draft(definition, hash, version: 1));
        var published = await database.WriteAsync(unit => Publish(unit, definition, hash, condition));
        return published.ToView(offers.Of(published.Offer).Policy.Coverage);
    }

    /// <summary>What would be done about each term of the policy if it were offered. Nothing is kept.</summary>
    /// <exception cref="RefusalException">As <see cref="PublishAsync"/> refuses it.</exception>
    public IReadOnlyList<TermCoverageView> Check(JsonElement policy)
    {
        var definition = new ProductDefinition { Id = "check", AssetId = "check", Title = "Check", Policy = policy };
        return Understand(Draft(definition, hash: "", version: 1)).Policy.Coverage;
    }

    /// <summary>Offers the product no longer: it is in no catalog, and nobody can negotiate about it. Agreements that were made go on.</summary>
    /// <param name="productId">The product.</param>
    /// <param name="condition">What must be on offer now; null: whatever.</param>
    /// <exception cref="RefusalException">NotFound; PreconditionFailed: something else is on offer.</exception>
    public Task WithdrawAsync(string productId, IfMatch? condition = null) => database.WriteAsync(unit =>
    {
        var present = ProductStore.Find(unit, productId);
        condition?.Require(present is null ? null : TagOf(present.Version));
        if (present is null)
        {
            throw NoSuch(productId);
        }

        ProductStore.Withdraw(unit, productId);
        unit.Concerns(productId);
        outbox.Add(unit, ProductRegistrar.TopicName, ProductRegistrar.Destination(productId), productId, settings.Authority.Id);
        evidence.Append(unit, EvidenceKinds.ProductWithdrawn, new { product = productId, version = present.Version, offer = present.OfferId });
    });

    /// <summary>Entity tag of a version on offer.</summary>
    public static string TagOf(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public static RefusalException NoSuch(string productId) => new(RefusalCode.NotFound, $"There is no product '{productId}' on offer.");

    /// <summary>The product under that offer; null when there is none or a newer version has replaced it.</summary>
    public ProductOffer? FindOffer(string offerId) =>
        Understood(database.Read(connection => ProductStore.FindByOffer(connection, settings.Space.Id, offerId)));

    /// <summary>The product as it is offered now, or null.</summary>
    public ProductOffer? Find(string productId) =>
        Understood(database.Read(connection => ProductStore.Find(connection, settings.Space.Id, productId)));

    /// <summary>Products as they are offered now, from the position on in its direction.</summary>
    public (ProductScan Scan, IReadOnlyDictionary<string, ProductOffer> Offers) Look(ProductSelection selection, ProductPosition from, int most) =>
        database.Read(connection =>
        {
            var scan = ProductIndex.Scan(connection, settings.Space.Id, selection, from, most);
            var found = ProductStore.Find(connection, settings.Space.Id, scan.Ids).Select(Understood).OfType<ProductOffer>();
            return (scan, (IReadOnlyDictionary<string, ProductOffer>)found.ToDictionary(product => product.ProductId));
        });

    /// <summary>The name of the next nested catalog in which something is offered, or null.</summary>
    public string? NextCatalog(string after) => database.Read(connection => ProductIndex.NextCatalog(connection, settings.Space.Id, after));

    // An offer that an earlier version of this program understood and this one does not is offered no longer; the others are.
    private ProductOffer? Understood(ProductRow? row)
    {
        try
        {
            return row?.ToOffer(offers.Of(row.Offer));
        }
        catch (RefusalException refusal)
        {
            logger.NotOffered(row!.Id, refusal.Message);
            return null;
        }
    }

    private ProductRow Publish(UnitOfWork unit, ProductDefinition definition, string hash, IfMatch? condition)
    {
        var present = ProductStore.Find(unit, definition.Id);
        condition?.Require(present is null ? null : TagOf(present.Version));
        if (AssetStore.Find(unit, definition.AssetId) is null)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The product is refused, assetId: there is no asset '{definition.AssetId}'.")
            {
                Term = "assetId",
                Remedy = "define the asset first",
            };
        }

        unit.Concerns(definition.Id);

        // Registered again even when nothing is new: that mends a registration that was given up.
        outbox.Add(unit, ProductRegistrar.TopicName, ProductRegistrar.Destination(definition.Id), definition.Id, settings.Authority.Id);
        if (present?.DefinitionHash == hash)
        {
            return present;
        }

        var product = Draft(definition, hash, ProductStore.NextVersion(unit, definition.Id)) with { PublishedAt = unit.Now.ToUnixTimeMilliseconds() };
        ProductStore.Add(unit, product);
        evidence.Append(unit, EvidenceKinds.ProductPublished, new
        {
            product = product.Id,
            version = product.Version,
            offer = product.OfferId,
            offerHash = PolicyDocument.Parse(product.Offer).Hash,
            classification = product.Classification,
        });
        return product;
    }

    private ProductRow Draft(ProductDefinition definition, string hash, long version)
    {
        var offerId = OfferDocument.IdOf(definition.Id, version);
        return new ProductRow
        {
            Id = definition.Id,
            Version = version,
            AssetId = definition.AssetId,
            Title = definition.Title,
            Description = definition.Description,
            Keywords = Encoding.UTF8.GetString(ProtocolJson.Write(definition.Keywords)),
            Classification = definition.Classification,
            OfferId = offerId,
            Offer = OfferDocument.Make(definition.Policy, offerId, settings.Participant.Id).ToString(),
            DefinitionHash = hash,
            Negotiation = definition.Negotiation,
            Transfers = definition.Transfers,
            Formats = Encoding.UTF8.GetString(ProtocolJson.Write(definition.Formats)),
            Finite = definition.Finite ? 1 : 0,
            AllowBearer = definition.AllowBearer ? 1 : 0,
            Catalog = definition.Catalog ?? "",
        };
    }

    private static CompiledOffer Understand(ProductRow draft)
    {
        // Not from memory: what is asked here is whether it is understood.
        var offer = CompiledOffer.Of(draft.Offer);

        // What a strict peer could not read must not stand in a catalog.
        DspJson.Read<Dataset>(DspJson.Write(DatasetDocument.Of(draft.ToOffer(offer), "https://connector.example")));
        return offer;
    }
}
