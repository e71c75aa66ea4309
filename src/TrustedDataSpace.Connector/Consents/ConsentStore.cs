using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Consents;

internal static class ConsentStore
{
    private const string Select =
        """
        SELECT id AS Id, subject AS Subject, product AS Product, purpose AS Purpose, granted_at AS GrantedAt, withdrawn_at AS WithdrawnAt
        FROM consents WHERE space_id = @space
        """;

    // In no order: asked for one, SQLite would walk all that was ever withdrawn, along the index of the lists.
    private const string OfProduct = Select + " AND product = @product AND withdrawn_at IS NULL";

    public static List<ConsentRow> AllInForce(SqliteConnection connection, string space) =>
        connection.Query<ConsentRow>(Select + " AND withdrawn_at IS NULL ORDER BY id", new { space }).AsList();

    public static List<ConsentRow> InForce(SqliteConnection connection, string space, string product) =>
        connection.Query<ConsentRow>(OfProduct, new { space, product }).AsList();

    public static List<ConsentRow> InForce(UnitOfWork unit, string product) => unit.Query<ConsentRow>(OfProduct, new { space = unit.Space, product });

    /// <summary>Each filter is a condition only where it is given: so there is an index that leads to the page.</summary>
    public static List<ConsentRow> Page(SqliteConnection connection, string space, string? product, string? subject, string after, int limit) => connection.Query<ConsentRow>(
        $"{Select} AND id > @after{(product is null ? "" : " AND product = @product")}{(subject is null ? "" : " AND subject = @subject")} ORDER BY id LIMIT @limit",
        new { space, product, subject, after, limit }).AsList();

    public static ConsentRow Add(UnitOfWork unit, string id, ConsentGrant grant)
    {
        var row = new ConsentRow { Id = id, Subject = grant.Subject, Product = grant.Product, Purpose = grant.Purpose, GrantedAt = unit.Now.ToUnixTimeMilliseconds() };
        unit.Execute(
            "INSERT INTO consents (space_id, id, subject, product, purpose, granted_at) VALUES (@Space, @Id, @Subject, @Product, @Purpose, @GrantedAt)",
            new { unit.Space, row.Id, row.Subject, row.Product, row.Purpose, row.GrantedAt });
        return row;
    }

    /// <summary>The consent that was in force until now, or null.</summary>
    public static ConsentRow? Withdraw(UnitOfWork unit, string id)
    {
        var row = unit.Find<ConsentRow>(Select + " AND id = @id AND withdrawn_at IS NULL", new { space = unit.Space, id });
        unit.Execute(
            "UPDATE consents SET withdrawn_at = @Now WHERE space_id = @Space AND id = @id AND withdrawn_at IS NULL",
            new { unit.Space, id, Now = unit.Now.ToUnixTimeMilliseconds() });
        return row;
    }
}

/// <summary>A row of the table <c>consents</c>.</summary>
internal sealed record ConsentRow
{
    public string Id { get; init; } = "";

    public string Subject { get; init; } = "";

    public string Product { get; init; } = "";

    public string? Purpose { get; init; }

    public long GrantedAt { get; init; }

    public long? WithdrawnAt { get; init; }

    public ConsentView View() => new()
    {
        Id = Id,
        Subject = Subject,
        Product = Product,
        Purpose = Purpose,
        GrantedAt = DateTimeOffset.FromUnixTimeMilliseconds(GrantedAt),
        WithdrawnAt = WithdrawnAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
    };
}
