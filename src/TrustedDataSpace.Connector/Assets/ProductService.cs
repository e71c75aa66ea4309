using System.Text;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>What this participant offers.</summary>
internal sealed class ProductService(Database database, EvidenceTrail evidence, OutboxQueue outbox, ConnectorSettings settings, ILogger<ProductService> logger)
{
    /// <summary>Publishes a product, or the next version of one. The same definition again changes nothing.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported: what is wrong with it, all at once. Nothing is published that could not be enforced as written.</exception>
    public async Task<ProductView> PublishAsync(ProductDefinition definition)
    {
        ProductRules.Check(definition);
        var hash = DefinitionHash.Of(definition);

        // Understood before it is numbered: a refused policy leaves no trace.
        Understand(Draft(definition, hash, version: 1));
        var published = await database.WriteAsync(unit => Publish(unit, definition, hash));
        return published.Read().View();
    }

    /// <summary>Products in the order of their ids.</summary>
    public Page<ProductView> List(PageRequest page) => page.ToPage(
        database.Read(connection => ProductStore.Page(connection, settings.Space.Id, page.After, page.Size + 1)), row => row.Read().View(), row => row.Id);

    /// <summary>The product under that offer; null when there is none or a newer version has replaced it.</summary>
    public ProductOffer? FindOffer(string offerId) =>
        Understood(database.Read(connection => ProductStore.FindByOffer(connection, settings.Space.Id, offerId)));

    /// <summary>The product as it is offered now, or null.</summary>
    public ProductOffer? Find(string productId) =>
        Understood(database.Read(connection => ProductStore.Find(connection, settings.Space.Id, productId)));

    /// <summary>Products as they are offered now, in the order of their ids, and where to go on; null at the end.</summary>
    public (IReadOnlyList<ProductOffer> Products, string? Next) Offered(string after, int most)
    {
        var rows = database.Read(connection => ProductStore.Page(connection, settings.Space.Id, after, most + 1));
        return ([.. rows.Take(most).Select(Understood).OfType<ProductOffer>()], rows.Count > most ? rows[most - 1].Id : null);
    }

    // An offer that an earlier version of this program understood and this one does not is offered no longer; the others are.
    private ProductOffer? Understood(ProductRow? row)
    {
        try
        {
            return row?.Read();
        }
        catch (RefusalException refusal)
        {
            logger.NotOffered(row!.Id, refusal.Message);
            return null;
        }
    }

    private ProductRow Publish(UnitOfWork unit, ProductDefinition definition, string hash)
    {
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
        outbox.Add(unit, ProductRegistrar.TopicName, ProductRegistrar.Destination, definition.Id, settings.Authority.Id);
        var present = ProductStore.Find(unit, definition.Id);
        if (present?.DefinitionHash == hash)
        {
            return present;
        }

        var product = Draft(definition, hash, version: ProductStore.NextVersion(unit, definition.Id));
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
            Finite = definition.Finite,
            Catalog = definition.Catalog ?? "",
        };
    }

    private static void Understand(ProductRow draft)
    {
        var product = draft.Read();

        // What a strict peer could not read must not stand in a catalog.
        DspJson.Read<Dataset>(DspJson.Write(DatasetDocument.Of(product, "https://connector.example")));
    }
}
