using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Assets;

internal sealed record ProductRow
{
    public string Id { get; init; } = "";

    public long Version { get; init; }

    public string AssetId { get; init; } = "";

    public string Title { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>JSON array.</summary>
    public string Keywords { get; init; } = "";

    public string Classification { get; init; } = "";

    public string OfferId { get; init; } = "";

    /// <summary>The offer document.</summary>
    public string Offer { get; init; } = "";

    public string Negotiation { get; init; } = "";

    public string Transfers { get; init; } = "";

    /// <summary>JSON array.</summary>
    public string Formats { get; init; } = "";

    public bool Finite { get; init; }

    /// <summary>Name of the nested catalog; empty: the root.</summary>
    public string Catalog { get; init; } = "";

    /// <summary>Hash over what the provider sent: the same again is no new version.</summary>
    public string DefinitionHash { get; init; } = "";

    /// <summary>Compiles the offer anew: the signed document is the only source of what it means.</summary>
    public ProductOffer Read()
    {
        var offer = PolicyDocument.Parse(Offer);
        return new ProductOffer
        {
            ProductId = Id,
            Version = Version,
            AssetId = AssetId,
            Title = Title,
            Description = Description,
            Keywords = ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(Keywords)),
            Classification = Classification,
            Negotiation = Negotiation,
            Transfers = Transfers,
            Formats = ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(Formats)),
            Finite = Finite,
            Catalog = Catalog.Length == 0 ? null : Catalog,
            Offer = offer,
            Policy = CompiledPolicy.Of(offer),
        };
    }
}

internal static class ProductStore
{
    private const string Columns =
        "p.id AS Id, p.version AS Version, p.asset_id AS AssetId, p.title AS Title, p.description AS Description, p.keywords AS Keywords, "
        + "p.classification AS Classification, p.offer_id AS OfferId, p.offer AS Offer, p.definition_hash AS DefinitionHash, "
        + "p.negotiation AS Negotiation, p.transfers AS Transfers, p.formats AS Formats, p.finite AS Finite, p.catalog AS Catalog";

    // What is offered, with the version that is: one look-up in each primary key.
    private const string Current =
        $"SELECT {Columns} FROM catalog c JOIN products p ON p.space_id = c.space_id AND p.id = c.id AND p.version = c.version WHERE c.space_id = @space";

    public static ProductRow? Find(SqliteConnection connection, string space, string id) =>
        connection.QuerySingleOrDefault<ProductRow>(Current + " AND c.id = @id", new { space, id });

    public static ProductRow? Find(UnitOfWork unit, string id) => unit.Find<ProductRow>(Current + " AND c.id = @id", new { space = unit.Space, id });

    public static ProductRow? FindByOffer(SqliteConnection connection, string space, string offerId) =>
        connection.QuerySingleOrDefault<ProductRow>(Current + " AND p.offer_id = @offerId", new { space, offerId });

    public static List<ProductRow> Page(SqliteConnection connection, string space, string after, int most) =>
        connection.Query<ProductRow>(Current + " AND c.id > @after ORDER BY c.id LIMIT @most", new { space, after, most }).AsList();

    /// <summary>Number of the next version: one more than any there ever was, withdrawn ones counted.</summary>
    public static long NextVersion(UnitOfWork unit, string id) => 1 + unit.Find<long>(
        "SELECT coalesce(max(version), 0) FROM products WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>Adds a version and offers it in place of the one before.</summary>
    public static void Add(UnitOfWork unit, ProductRow product)
    {
        AddVersion(unit, product);
        unit.Execute(
            """
            INSERT INTO catalog (space_id, id, version, asset_id, catalog, indexed) VALUES (@Space, @Id, @Version, @AssetId, @Catalog, 0)
            ON CONFLICT (space_id, id) DO UPDATE SET version = excluded.version, asset_id = excluded.asset_id, catalog = excluded.catalog, indexed = 0
            """,
            new { unit.Space, product.Id, product.Version, product.AssetId, product.Catalog });
    }

    private static void AddVersion(UnitOfWork unit, ProductRow product) => unit.Execute(
        """
        INSERT INTO products
            (space_id, id, version, asset_id, title, description, keywords, classification, offer_id, offer, definition_hash, negotiation, transfers, formats, finite, catalog,
             published_at)
        VALUES
            (@Space, @Id, @Version, @AssetId, @Title, @Description, @Keywords, @Classification, @OfferId, @Offer, @DefinitionHash, @Negotiation, @Transfers, @Formats, @Finite, @Catalog,
             @Now)
        """,
        new
        {
            unit.Space,
            product.Id,
            product.Version,
            product.AssetId,
            product.Title,
            product.Description,
            product.Keywords,
            product.Classification,
            product.OfferId,
            product.Offer,
            product.DefinitionHash,
            product.Negotiation,
            product.Transfers,
            product.Formats,
            Finite = product.Finite ? 1 : 0,
            product.Catalog,
            Now = unit.Now.ToUnixTimeMilliseconds(),
        });
}
