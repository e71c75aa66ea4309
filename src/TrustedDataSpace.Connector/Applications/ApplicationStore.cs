using System.Collections.Frozen;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Applications;

internal static class ApplicationStore
{
    private const string Columns = "id AS Id, name AS Name, agreements AS Agreements, purposes AS Purposes, person AS Person, secret_hash AS SecretHash";

    public static List<(string SecretHash, LocalApplication Application)> All(SqliteConnection connection, string space) => connection.Query<Row>(
        $"SELECT {Columns} FROM applications WHERE space_id = @space ORDER BY id", new { space }).Select(row => (row.SecretHash, Read(row))).ToList();

    public static long Count(UnitOfWork unit) => unit.Find<long>("SELECT count(*) FROM applications WHERE space_id = @Space", new { unit.Space });

    public static void Add(UnitOfWork unit, string id, ApplicationGrant grant, string secretHash) => unit.Execute(
        """
        INSERT INTO applications (space_id, id, name, agreements, purposes, person, secret_hash, created_at)
        VALUES (@Space, @id, @Name, @Agreements, @Purposes, @Person, @secretHash, @Now)
        """,
        new
        {
            unit.Space,
            id,
            grant.Name,
            Agreements = Encoding.UTF8.GetString(ProtocolJson.Write(grant.Agreements)),
            Purposes = Encoding.UTF8.GetString(ProtocolJson.Write(grant.Purposes)),
            grant.Person,
            secretHash,
            Now = unit.Now.ToUnixTimeMilliseconds(),
        });

    public static bool Remove(UnitOfWork unit, string id) =>
        unit.Execute("DELETE FROM applications WHERE space_id = @Space AND id = @id", new { unit.Space, id }) == 1;

    private static LocalApplication Read(Row row) => new(row.Id, row.Name, row.Person, Set(row.Agreements), Set(row.Purposes));

    private static FrozenSet<string> Set(string json) =>
        ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(json)).ToFrozenSet(StringComparer.Ordinal);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Agreements { get; init; } = "";

        public string Purposes { get; init; } = "";

        public string Person { get; init; } = "";

        public string SecretHash { get; init; } = "";
    }
}
