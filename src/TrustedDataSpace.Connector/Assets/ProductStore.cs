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
            Offer = offer,
            Policy = CompiledPolicy.Of(offer),
        };
    }
}

internal static class ProductStore
{
    private const string Columns =
        "p.id AS Id, p.version AS Version, p.asset_id AS AssetId, p.title AS Title, p.description AS Description, p.keywords AS Keywords, "
        + "p.classification AS Classification, p.offer_id AS OfferId, p.offer AS Offer, p.definition_hash AS DefinitionHash";

    private const string Current =
        $"SELECT {Columns} FROM products p WHERE p.space_id = @space AND p.version = (SELECT max(q.version) FROM products q WHERE q.space_id = p.space_id AND q.id = p.id)";

    public static ProductRow? Find(SqliteConnection connection, string space, string id) =>
        connection.QuerySingleOrDefault<ProductRow>(Current + " AND p.id = @id", new { space, id });

    public static ProductRow? Find(UnitOfWork unit, string id) => unit.Find<ProductRow>(Current + " AND p.id = @id", new { space = unit.Space, id });

    public static ProductRow? FindByOffer(SqliteConnection connection, string space, string offerId) =>
        connection.QuerySingleOrDefault<ProductRow>(Current + " AND p.offer_id = @offerId", new { space, offerId });

    public static List<ProductRow> Page(SqliteConnection connection, string space, string after, int most) =>
        connection.Query<ProductRow>(Current + " AND p.id > @after ORDER BY p.id LIMIT @most", new { space, after, most }).AsList();

    public static void Add(UnitOfWork unit, ProductRow product) => unit.Execute(
        """
        INSERT INTO products
            (space_id, id, version, asset_id, title, description, keywords, classification, offer_id, offer, definition_hash, published_at)
        VALUES
            (@Space, @Id, @Version, @AssetId, @Title, @Description, @Keywords, @Classification, @OfferId, @Offer, @DefinitionHash, @Now)
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
            Now = unit.Now.ToUnixTimeMilliseconds(),
        });
}
