using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>What a service has asked its database, and by which way each statement finds its rows: SQLite says itself whether it goes by the space.</summary>
internal static partial class StatementPlans
{
    private static readonly string[] Verbs = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"];

    /// <summary>The statements that the service has run, as far as its connections keep them. The four around each command left out.</summary>
    public static async Task<IReadOnlySet<string>> StatementsAsync(Database database)
    {
        var texts = new HashSet<string>(await database.WriteAsync(unit => ((CachingConnection)unit.Connection).Kept.ToList()));

        // All connections at once, one inside the use of the other: each keeps its own.
        void Look(int depth) => database.Read(connection =>
        {
            texts.UnionWith(((CachingConnection)connection).Kept);
            if (depth > 0)
            {
                Look(depth - 1);
            }

            return 0;
        });
        Look(16);
        return texts.Where(text => Verbs.Any(verb => text.TrimStart().StartsWith(verb, StringComparison.OrdinalIgnoreCase))).ToHashSet();
    }

    /// <summary>The steps of a statement's plan that read a table without going by the space.</summary>
    public static IReadOnlyList<string> StepsWithoutSpace(string folder, string statement)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "tds.sqlite"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + statement;
        foreach (var name in Parameters().Matches(statement).Select(match => match.Value).Distinct())
        {
            command.Parameters.AddWithValue(name, DBNull.Value);
        }

        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
        {
            steps.Add(reader.GetString(3));
        }

        return [.. steps.Where(step => Reading().Match(step) is { Success: true } read && IsTable(connection, read.Groups[1].Value, statement)
            && !step.Contains("(space_id=?", StringComparison.Ordinal) && !step.Contains("VIRTUAL TABLE", StringComparison.Ordinal)

            // The one index over a number of the whole table: what it finds is looked at by the condition.
            && !(step.Contains("products_by_seq", StringComparison.Ordinal) && statement.Contains("p.space_id = @Space", StringComparison.Ordinal)))];
    }

    // A step names a table, what the statement calls a table, or a part of the statement, whose own steps are there as well.
    private static bool IsTable(SqliteConnection connection, string name, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version'";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (name == reader.GetString(0) || Regex.IsMatch(statement, $@"\b{reader.GetString(0)}\s+(AS\s+)?{name}\b", RegexOptions.IgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"[@$:][A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Parameters();

    [GeneratedRegex(@"^(?:SCAN|SEARCH) (\w+)")]
    private static partial Regex Reading();
}
