using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>
/// Finds products on offer. The work of one look is bounded, however many products there are and however few of them are meant: it ends early
/// and says where.
/// </summary>
internal static class ProductIndex
{
    // Look-ups in the index for one scan. Measured in docs/benchmarks/catalog.md.
    private const int MostLookUps = 4_000;

    /// <summary>Ids from the position on, in its direction.</summary>
    /// <param name="connection">To read from.</param>
    /// <param name="space">The space.</param>
    /// <param name="selection">Which are meant.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="most">Most ids that are wanted, at least 1.</param>
    public static ProductScan Scan(SqliteConnection connection, string space, ProductSelection selection, ProductPosition from, int most)
    {
        var parameters = new DynamicParameters(new { space, key = from.Key, catalog = selection.Catalog, asset = selection.AssetId });

        // The rarest term is walked along; the others are asked about each product that has it.
        var driver = selection.Ids.Count == 0 && selection.Terms.Count > 0 ? Rarest(connection, space, selection.Terms) : null;
        var conditions = Conditions(selection, driver, parameters);
        var limit = driver is null ? most + 1 : Math.Max(most + 1, MostLookUps / (conditions.Count + 1));
        parameters.Add("limit", limit);
        parameters.Add("driver", driver);
        var seen = connection.Query<SeenProduct>(Sql(driver is not null, conditions, from), parameters).AsList();
        return Cut(seen, most, isWhole: seen.Count < limit);
    }

    /// <summary>The next name of a nested catalog; null when there is none.</summary>
    public static string? NextCatalog(SqliteConnection connection, string space, string after) => connection.QuerySingleOrDefault<string>(
        "SELECT c.catalog FROM catalog c WHERE c.space_id = @space AND c.catalog > @after ORDER BY c.catalog LIMIT 1", new { space, after });

    /// <summary>Puts the product's terms in place of earlier ones.</summary>
    public static void Put(UnitOfWork unit, ProductRow product)
    {
        Remove(unit, product.Id);
        foreach (var term in product.Terms())
        {
            unit.Execute("INSERT INTO catalog_terms (space_id, term, id) VALUES (@Space, @term, @Id)", new { unit.Space, term, product.Id });
        }

        unit.Execute("UPDATE catalog SET indexed = @Rules WHERE space_id = @Space AND id = @Id", new { unit.Space, product.Id, ProductTerms.Rules });
    }

    public static void Remove(UnitOfWork unit, string id) => unit.Execute("DELETE FROM catalog_terms WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>Products on offer that were not indexed by the present rules.</summary>
    public static List<ProductRow> Unindexed(UnitOfWork unit, int most) => unit.Query<ProductRow>(
        $"{ProductStore.Current} AND c.indexed < @Rules LIMIT @most", new { space = unit.Space, ProductTerms.Rules, most });

    private static List<string> Conditions(ProductSelection selection, string? driver, DynamicParameters parameters)
    {
        var conditions = new List<string>();
        if (selection.Catalog is not null)
        {
            conditions.Add("c.catalog = @catalog");
        }

        if (selection.AssetId is not null)
        {
            conditions.Add("c.asset_id = @asset");
        }

        if (selection.Ids.Count > 0)
        {
            conditions.Add($"c.id IN ({string.Join(", ", selection.Ids.Select((id, i) => Parameter(parameters, $"id{i}", id)))})");
        }

        conditions.AddRange(selection.Terms.Where(term => term != driver).Select((term, i) =>
            $"EXISTS (SELECT 1 FROM catalog_terms x WHERE x.space_id = @space AND x.term = {Parameter(parameters, $"term{i}", term)} AND x.id = c.id)"));
        return conditions;
    }

    private static string Parameter(DynamicParameters parameters, string name, string value)
    {
        parameters.Add(name, value);
        return "@" + name;
    }

    // With a driver a row that does not match is a row, too: else a scan that finds nothing would have no end.
    private static string Sql(bool hasDriver, List<string> conditions, ProductPosition from)
    {
        var (comparison, direction) = from.Side switch
        {
            ProductSide.After => (">", "ASC"),
            ProductSide.From => (">=", "ASC"),
            ProductSide.Before => ("<", "DESC"),
            ProductSide.Through => ("<=", "DESC"),
            _ => throw new ArgumentOutOfRangeException(nameof(from)),
        };
        var all = conditions.Count == 0 ? "1 = 1" : string.Join(" AND ", conditions);
        return hasDriver
            ? $"""
              SELECT k.id AS Id, CASE WHEN {all} THEN 1 ELSE 0 END AS Matches
              FROM catalog_terms k JOIN catalog c ON c.space_id = k.space_id AND c.id = k.id
              WHERE k.space_id = @space AND k.term = @driver AND k.id {comparison} @key ORDER BY k.id {direction} LIMIT @limit
              """
            : $"SELECT c.id AS Id, 1 AS Matches FROM catalog c WHERE c.space_id = @space AND c.id {comparison} @key AND {all} ORDER BY c.id {direction} LIMIT @limit";
    }

    private static ProductScan Cut(List<SeenProduct> seen, int most, bool isWhole)
    {
        var ids = new List<string>();
        foreach (var product in seen.Where(product => product.Matches == 1))
        {
            if (ids.Count == most)
            {
                return new ProductScan(ids, ids[^1], IsAtEnd: false);
            }

            ids.Add(product.Id);
        }

        return new ProductScan(ids, seen.Count == 0 ? null : seen[^1].Id, isWhole);
    }

    private static string Rarest(SqliteConnection connection, string space, IReadOnlyList<string> terms) => terms.Count == 1
        ? terms[0]
        : terms.MinBy(term => connection.QuerySingle<long>(
            "SELECT count(*) FROM (SELECT 1 FROM catalog_terms WHERE space_id = @space AND term = @term LIMIT 1000) counted", new { space, term }))!;

    private sealed record SeenProduct
    {
        public string Id { get; init; } = "";

        public long Matches { get; init; }
    }
}

/// <summary>What a scan found.</summary>
/// <param name="Ids">In the direction of the scan.</param>
/// <param name="Last">How far it came; null: nothing lay there.</param>
/// <param name="IsAtEnd">Whether nothing is left in that direction.</param>
internal sealed record ProductScan(IReadOnlyList<string> Ids, string? Last, bool IsAtEnd);
