using System.Globalization;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>The numbered scripts (<c>Migrations/NNN_name.sql</c>, embedded) of one assembly.</summary>
/// <param name="Name">Kept in the database; never changes.</param>
/// <param name="Assembly">Where the scripts are embedded.</param>
public sealed record SchemaComponent(string Name, Assembly Assembly);

/// <summary>Brings a database forward: a new one in one transaction, an existing one, which is copied beside itself first, one script in one transaction at a time.</summary>
internal static class Schema
{
    public static void Migrate(SqliteConnection connection, IEnumerable<SchemaComponent> components, TimeProvider clock)
    {
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS schema_version (component TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (component, version))");
        var isNew = connection.QuerySingle<long>("SELECT count(*) FROM schema_version") == 0;

        // All are looked at before the first is applied: a database that is refused stays as it is.
        var all = components.Select(component => (Component: component, Pending: Pending(connection, component))).ToList();
        if (isNew)
        {
            // Half of it is of use to nobody, and each commit waits for the disk.
            using var transaction = connection.BeginTransaction();
            foreach (var (component, pending) in all)
            {
                pending.ForEach(script => Apply(connection, component, script.Version, script.Resource, clock.GetUtcNow(), transaction));
            }

            transaction.Commit();
            return;
        }

        foreach (var (component, pending) in all.Where(one => one.Pending.Count > 0))
        {
            KeepCopy(connection, component.Name, pending[^1].Version);
            foreach (var (version, resource) in pending)
            {
                using var transaction = connection.BeginTransaction();
                Apply(connection, component, version, resource, clock.GetUtcNow(), transaction);
                transaction.Commit();
            }
        }
    }

    private static List<(long Version, string Resource)> Pending(SqliteConnection connection, SchemaComponent component)
    {
        var scripts = Scripts(component.Assembly);
        var applied = connection.Query<long>("SELECT version FROM schema_version WHERE component = @Name", new { component.Name }).ToHashSet();
        var highest = applied.Count == 0 ? 0 : applied.Max();
        if (applied.Where(version => !scripts.ContainsKey(version)).Order().ToList() is [_, ..] unknown)
        {
            // Going on would write rows that the newer program reads wrongly.
            throw new InvalidOperationException(
                $"The database has version {Listed(unknown)} of '{component.Name}', which this program does not know (its highest is {Listed([scripts.Keys.LastOrDefault()])}): start the newer program, or restore a backup.");
        }

        var pending = scripts.Where(script => !applied.Contains(script.Key)).Select(script => (script.Key, script.Value)).ToList();
        if (pending.Count > 0 && pending[0].Key < highest)
        {
            // A later script may read what an earlier one makes: out of turn it would meet a database that no test has seen.
            throw new InvalidOperationException(
                $"The database has version {Listed([highest])} of '{component.Name}', but not {Listed(pending.Select(script => script.Key).Where(version => version < highest))}, which come before it: it was made by a program between two releases. Restore a backup from before that, or start with an empty data folder.");
        }

        return pending;
    }

    private static string Listed(IEnumerable<long> versions) => string.Join(", ", versions.Select(version => version.ToString(CultureInfo.InvariantCulture)));

    // Renamed into place when it is complete. One that is there is of an earlier try and stays: it is the state before any of them.
    private static void KeepCopy(SqliteConnection connection, string component, long version)
    {
        var copy = string.Create(CultureInfo.InvariantCulture, $"{connection.DataSource}.before-{component}-{version}");
        if (!File.Exists(copy))
        {
            var unfinished = copy + ".unfinished";
            File.Delete(unfinished);
            connection.Execute("VACUUM INTO @unfinished", new { unfinished });
            File.Move(unfinished, copy);
        }
    }

    private static void Apply(SqliteConnection connection, SchemaComponent component, long version, string resource, DateTimeOffset now, SqliteTransaction transaction)
    {
        using var reader = new StreamReader(component.Assembly.GetManifestResourceStream(resource)!);
        connection.Execute(reader.ReadToEnd(), transaction: transaction);
        connection.Execute(
            "INSERT INTO schema_version (component, version, applied_at) VALUES (@Name, @version, @At)",
            new { component.Name, version, At = now.ToUnixTimeMilliseconds() },
            transaction);
    }

    private static SortedDictionary<long, string> Scripts(Assembly assembly)
    {
        const string Folder = ".Migrations.";
        var scripts = new SortedDictionary<long, string>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)))
        {
            var file = name[(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..];
            scripts.Add(long.Parse(file[..file.IndexOf('_', StringComparison.Ordinal)], CultureInfo.InvariantCulture), name);
        }

        return scripts;
    }
}
