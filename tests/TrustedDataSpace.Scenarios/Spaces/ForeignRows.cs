using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>
/// Rows of other spaces in the database of a service: <c>space_id</c> leads every key, so that they collide with nothing. Whoever reads or
/// changes one of them has forgotten to say which space is meant.
/// </summary>
internal static class ForeignRows
{
    /// <summary>The service's own rows once more under another space, with the same ids: whoever finds them finds two where there is one.</summary>
    public const string Twin = "twin-space";

    /// <summary>A row in every table that nobody could read without an error: every text is <see cref="Mark"/>, every number 0, which is long ago.</summary>
    public const string Blank = "blank-space";

    /// <summary>Stands in each text of <see cref="Blank"/>.</summary>
    public const string Mark = "not-for-this-space";

    /// <summary>Puts them in, while nobody has the folder.</summary>
    /// <param name="folder">Of the service.</param>
    /// <param name="other">Folder of a service in another space, which may run.</param>
    /// <param name="own">The service's space.</param>
    public static void Put(string folder, string other, string own)
    {
        using var connection = Open(folder);
        connection.Execute("ATTACH @file AS other", new { file = Path.Combine(other, "tds.sqlite") });
        foreach (var table in Tables(connection))
        {
            var columns = Columns(connection, table);
            var rest = string.Join(", ", columns.Skip(1).Select(column => column.Name));

            // The one number that counts in a whole table: of a product, for the index of words.
            string Moved(int by) => string.Join(", ", columns.Skip(1).Select(column => (table, column.Name) is ("products", "seq") ? $"seq + {by}" : column.Name));
            connection.Execute($"INSERT INTO main.{table} (space_id, {rest}) SELECT space_id, {Moved(1_000_000)} FROM other.{table}");
            connection.Execute($"INSERT INTO main.{table} (space_id, {rest}) SELECT '{Twin}', {Moved(2_000_000)} FROM main.{table} WHERE space_id = @own", new { own });
            var blank = string.Join(", ", columns.Skip(1).Select(column => column.Type switch { "TEXT" => $"'{Mark}'", "BLOB" => "x''", _ => "0" }));
            connection.Execute($"INSERT INTO main.{table} (space_id, {rest}) VALUES ('{Blank}', {blank})");
        }
    }

    /// <summary>Work that a service would do at once if it were its own: everything is due, nothing has arrived, and what is kept for a time was kept long enough.</summary>
    public static void MakeDue(string folder, string own)
    {
        using var connection = Open(folder);
        foreach (var table in Tables(connection))
        {
            foreach (var change in Columns(connection, table).Select(column => (table, column.Name) switch
            {
                ("evidence_trail", "log_index") => "log_index = NULL",
                (_, "next_at" or "submit_at" or "kept_until" or "kept_at" or "received_at" or "created_at") => column.Name + " = 0",
                ("agreements", "filed") => "filed = 0",
                ("pushes", "running") => "running = 1",
                ("usage_leaves", "state") => "state = 'open'",
                ("negotiations" or "transfers", "state") => "state = 'REQUESTED'",
                ("credential_requests", "state") => "state = 'requested'",
                _ => null,
            }).OfType<string>())
            {
                connection.Execute($"UPDATE {table} SET {change} WHERE space_id <> @own", new { own });
            }
        }
    }

    /// <summary>Every row of other spaces, by its table, as text.</summary>
    public static IReadOnlyDictionary<string, string> Snapshot(string folder, string own)
    {
        using var connection = Open(folder);
        return Tables(connection).ToDictionary(
            table => table,
            table => string.Join('\n', connection.Query($"SELECT * FROM {table} WHERE space_id <> @own ORDER BY 1, 2", new { own })
                .Select(row => string.Join('|', ((IDictionary<string, object?>)row).Values.Select(Text))).Order(StringComparer.Ordinal)));
    }

    /// <summary>Tables in which no row of another space lies but the blank one.</summary>
    public static IReadOnlyList<string> OnlyBlank(string folder, string own)
    {
        using var connection = Open(folder);
        return [.. Tables(connection).Where(table => connection.QuerySingle<long>($"SELECT count(*) FROM {table} WHERE space_id NOT IN (@own, '{Blank}')", new { own }) == 0)];
    }

    /// <summary>Every text of an identifying column that stands in that space alone, a few of each column.</summary>
    public static IReadOnlyList<string> Ids(string folder, string space)
    {
        using var connection = Open(folder);
        return
        [
            .. from table in Tables(connection)
               from column in Columns(connection, table).Skip(1)
               where column.Type == "TEXT" && column.Name != "role" && (column.InKey || column.Name.EndsWith("_id", StringComparison.Ordinal))
               from value in connection.Query<string>(
                   $"SELECT DISTINCT {column.Name} FROM {table} WHERE space_id = @space AND length({column.Name}) BETWEEN 3 AND 200 AND {column.Name} NOT IN (SELECT {column.Name} FROM {table} WHERE space_id NOT IN (@space, '{Blank}', '{Twin}') AND {column.Name} IS NOT NULL) ORDER BY 1 LIMIT 2",
                   new { space })
               select value,
        ];
    }

    /// <summary>Tables without the space as the first column of their key, and indexes that do not begin with it.</summary>
    public static IReadOnlyList<string> WithoutSpace(string folder)
    {
        using var connection = Open(folder);
        var all = connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").ToList();
        return
        [
            .. all.Where(table => connection.QuerySingleOrDefault<string>($"SELECT name FROM pragma_table_info('{table}') WHERE pk = 1") != "space_id"),
            .. from table in all
               from index in connection.Query<string>($"SELECT name FROM pragma_index_list('{table}')").ToList()
               where connection.QuerySingleOrDefault<string>($"SELECT name FROM pragma_index_info('{index}') WHERE seqno = 0") != "space_id"
               select $"{table}: {index}",
        ];
    }

    private static SqliteConnection Open(string folder)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "tds.sqlite"), Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static List<string> Tables(SqliteConnection connection) =>
        connection.Query<string>("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'space_id' WHERE m.type = 'table' ORDER BY m.name").AsList();

    /// <summary>The space first, wherever it stands in the table.</summary>
    private static List<Column> Columns(SqliteConnection connection, string table) =>
        connection.Query<Column>("SELECT name AS Name, type AS Type, pk > 0 AS InKey FROM pragma_table_info(@table) ORDER BY name <> 'space_id', cid", new { table }).AsList();

    private static string Text(object? value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private sealed record Column
    {
        public string Name { get; init; } = "";

        public string Type { get; init; } = "";

        public bool InKey { get; init; }
    }
}
