using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Search;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Catalog;

/// <summary>A product as it is stored; the endpoint is its provider's present one.</summary>
internal sealed record ProductRow
{
    public long Seq { get; init; }

    public string Body { get; init; } = "";

    public string Endpoint { get; init; } = "";

    public ProductRegistration ToRegistration() =>
        ProtocolJson.Read<ProductRegistration>(Encoding.UTF8.GetBytes(Body)) with { Endpoint = new Uri(Endpoint) };
}

/// <summary>The products of the space in the database, with their full-text index.</summary>
internal sealed class ProductStore(Database database, AuthoritySettings settings)
{
    private const string Columns = "SELECT p.seq AS Seq, p.body AS Body, m.endpoint AS Endpoint";

    // Products of those who are not members now do not exist for anybody.
    private const string Members = "participants m ON m.space_id = p.space_id AND m.id = p.provider AND m.state = 'active'";

    // CROSS JOIN keeps SQLite to the written order: newest first along an index, ending at the limit, so nothing is sorted.
    private const string All =
        $"{Columns} FROM products p CROSS JOIN {Members} WHERE p.space_id = @Space AND p.seq < @before ORDER BY p.seq DESC LIMIT @most";

    private const string Matching = $"""
        {Columns} FROM product_words w CROSS JOIN products p ON p.seq = w.rowid CROSS JOIN {Members}
        WHERE product_words MATCH @match AND w.rowid < @before AND p.space_id = @Space ORDER BY w.rowid DESC LIMIT @most
        """;

    public List<ProductRow> Page(string? match, long before, int most) => database.Read(connection => connection.Query<ProductRow>(
        match is null ? All : Matching,
        new { Space = settings.Space.Id, match, before, most }).AsList());

    public static ProductRow? Find(UnitOfWork unit, string provider, string id) => unit.Find<ProductRow>(
        "SELECT seq AS Seq, body AS Body FROM products WHERE space_id = @Space AND provider = @provider AND id = @id",
        new { unit.Space, provider, id });

    public static void Remove(UnitOfWork unit, string provider, string id, long seq)
    {
        unit.Execute("DELETE FROM products WHERE space_id = @Space AND provider = @provider AND id = @id", new { unit.Space, provider, id });
        unit.Execute("DELETE FROM product_words WHERE rowid = @seq", new { seq });
    }

    public static long Count(UnitOfWork unit, string provider) => unit.Find<long>(
        "SELECT count(*) FROM products WHERE space_id = @Space AND provider = @provider", new { unit.Space, provider });

    public static long NextSeq(UnitOfWork unit) => unit.Find<long>("SELECT coalesce(max(seq), 0) + 1 FROM products");

    /// <summary>Puts the product in place of an earlier registration under the same number.</summary>
    public static void Put(UnitOfWork unit, ProductRegistration product, string body, long seq)
    {
        unit.Execute(
            """
            INSERT INTO products (space_id, provider, id, seq, body) VALUES (@Space, @Provider, @Id, @seq, @body)
            ON CONFLICT (space_id, provider, id) DO UPDATE SET body = excluded.body
            """,
            new { unit.Space, Provider = product.Provider.Value, product.Id, seq, body });
        unit.Execute("DELETE FROM product_words WHERE rowid = @seq", new { seq });
        unit.Execute(
            "INSERT INTO product_words (rowid, words) VALUES (@seq, @Words)",
            new { seq, Words = SearchText.ForIndex([product.Title, product.Description, .. product.Keywords]) });
    }
}
