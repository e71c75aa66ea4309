using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Assets;

internal sealed record AssetRow
{
    public string Id { get; init; } = "";

    public string SourceUrl { get; init; } = "";

    /// <summary>JSON array.</summary>
    public string HeaderNames { get; init; } = "";

    /// <summary>Sealed JSON object.</summary>
    public string Headers { get; init; } = "";

    /// <summary>JSON object (<c>SourceDefinition</c>); null: one server, as usual.</summary>
    public string? Source { get; init; }

    /// <summary>JSON object (<c>SourceRulesDefinition</c>); null: the usual ones.</summary>
    public string? Rules { get; init; }
}

internal static class AssetStore
{
    private const string Columns = "id AS Id, source_url AS SourceUrl, header_names AS HeaderNames, headers AS Headers, source AS Source, rules AS Rules";

    public static AssetRow? Find(SqliteConnection connection, string space, string id) => connection.QuerySingleOrDefault<AssetRow>(
        $"SELECT {Columns} FROM assets WHERE space_id = @space AND id = @id", new { space, id });

    public static AssetRow? Find(UnitOfWork unit, string id) => unit.Find<AssetRow>(
        $"SELECT {Columns} FROM assets WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    public static List<AssetRow> Page(SqliteConnection connection, string space, string after, int most) => connection.Query<AssetRow>(
        $"SELECT {Columns} FROM assets WHERE space_id = @space AND id > @after ORDER BY id LIMIT @most", new { space, after, most }).AsList();

    public static void Remove(UnitOfWork unit, string id) => unit.Execute("DELETE FROM assets WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    public static void Put(UnitOfWork unit, AssetRow asset) => unit.Execute(
        """
        INSERT INTO assets (space_id, id, source_url, header_names, headers, source, rules, changed_at)
        VALUES (@Space, @Id, @SourceUrl, @HeaderNames, @Headers, @Source, @Rules, @Now)
        ON CONFLICT (space_id, id) DO UPDATE SET source_url = excluded.source_url, header_names = excluded.header_names, headers = excluded.headers,
            source = excluded.source, rules = excluded.rules, changed_at = excluded.changed_at
        """,
        new { unit.Space, asset.Id, asset.SourceUrl, asset.HeaderNames, asset.Headers, asset.Source, asset.Rules, Now = unit.Now.ToUnixTimeMilliseconds() });
}
