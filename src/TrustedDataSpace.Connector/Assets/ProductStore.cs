using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Assets;

internal static class ProductStore
{
    /// <summary>What is offered, with the version that is: one look-up in each primary key. Parameter: space.</summary>
    public const string Current =
        $"SELECT {ProductRow.Columns} FROM catalog c JOIN products p ON p.space_id = c.space_id AND p.id = c.id AND p.version = c.version WHERE c.space_id = @space";

    public static ProductRow? Find(SqliteConnection connection, string space, string id) =>
        connection.QuerySingleOrDefault<ProductRow>(Current + " AND c.id = @id", new { space, id });

    public static ProductRow? Find(UnitOfWork unit, string id) => unit.Find<ProductRow>(Current + " AND c.id = @id", new { space = unit.Space, id });

    public static ProductRow? FindByOffer(SqliteConnection connection, string space, string offerId) =>
        connection.QuerySingleOrDefault<ProductRow>(Current + " AND p.offer_id = @offerId", new { space, offerId });

    /// <summary>The version under that offer, be it offered or not.</summary>
    public static ProductRow? FindVersion(SqliteConnection connection, string space, string offerId) => connection.QuerySingleOrDefault<ProductRow>(
        $"SELECT {ProductRow.Columns} FROM products p WHERE p.space_id = @space AND p.offer_id = @offerId", new { space, offerId });

    /// <summary>Versions that there ever were, newest first.</summary>
    public static List<ProductRow> Versions(SqliteConnection connection, string space, string id, long before, int most) => connection.Query<ProductRow>(
        $"SELECT {ProductRow.Columns} FROM products p WHERE p.space_id = @space AND p.id = @id AND p.version < @before ORDER BY p.version DESC LIMIT @most",
        new { space, id, before, most }).AsList();

    /// <summary>Those of the products that are offered, in no order.</summary>
    public static List<ProductRow> Find(SqliteConnection connection, string space, IReadOnlyList<string> ids)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        var parameters = new DynamicParameters(new { space });
        for (var i = 0; i < ids.Count; i++)
        {
            parameters.Add($"id{i}", ids[i]);
        }

        return connection.Query<ProductRow>($"{Current} AND c.id IN ({string.Join(", ", ids.Select((_, i) => $"@id{i}"))})", parameters).AsList();
    }

    public static bool IsOnAsset(UnitOfWork unit, string assetId) => unit.Find<long>(
        "SELECT count(*) FROM (SELECT 1 FROM catalog WHERE space_id = @Space AND asset_id = @assetId LIMIT 1) used", new { unit.Space, assetId }) > 0;

    /// <summary>Offers the product no longer. Its versions stay: agreements rest on them.</summary>
    public static void Withdraw(UnitOfWork unit, string id)
    {
        unit.Execute("DELETE FROM catalog WHERE space_id = @Space AND id = @id", new { unit.Space, id });
        ProductIndex.Remove(unit, id);
    }

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
        ProductIndex.Put(unit, product);
    }

    /// <summary>What the authority has said about the version on offer; null: it shows it.</summary>
    public static void NoteRegistration(UnitOfWork unit, string id, string? refusal) => unit.Execute(
        """
        UPDATE products SET registration_refusal = @refusal
        WHERE space_id = @Space AND id = @id AND version = (SELECT version FROM catalog WHERE space_id = @Space AND id = @id)
          AND coalesce(registration_refusal, '') <> coalesce(@refusal, '')
        """,
        new { unit.Space, id, refusal });

    private static void AddVersion(UnitOfWork unit, ProductRow product) => unit.Execute(
        """
        INSERT INTO products
            (space_id, id, version, asset_id, title, description, keywords, classification, offer_id, offer, definition_hash, negotiation, transfers, formats, finite, allow_bearer, catalog,
             published_at)
        VALUES
            (@Space, @Id, @Version, @AssetId, @Title, @Description, @Keywords, @Classification, @OfferId, @Offer, @DefinitionHash, @Negotiation, @Transfers, @Formats, @Finite, @AllowBearer, @Catalog,
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
            product.Finite,
            product.AllowBearer,
            product.Catalog,
            Now = product.PublishedAt,
        });
}
