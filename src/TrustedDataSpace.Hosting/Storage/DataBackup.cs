using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// A data folder copied while its service runs, and put back: 1 the database, by SQLite's own online backup · 2 <c>log/</c>, which then holds no less
/// than the database counts on · 3 the journal of uses. The master key is in none of them: it is kept apart, and a restore needs both.
/// </summary>
public static class DataBackup
{
    /// <summary>In the data folder of an authority that was restored, until its operator has said how its log goes on.</summary>
    public const string RestoredFile = "tds.restored";

    private const string DatabaseFile = "tds.sqlite";
    private const string ManifestFile = "backup.json";
    private const string LogFolder = "log";
    private static readonly string[] Journals = ["usage-journal.0", "usage-journal.1"];

    /// <summary>Copies a data folder.</summary>
    /// <param name="data">The data folder (<c>Storage:Folder</c>) of a service, which may run.</param>
    /// <param name="target">A folder that is new or empty.</param>
    /// <param name="now">When.</param>
    /// <returns>How many files were copied.</returns>
    /// <exception cref="InvalidOperationException">There is no database, or the target is not empty.</exception>
    public static int Create(string data, string target, DateTimeOffset now)
    {
        var source = Path.Combine(data, DatabaseFile);
        if (!File.Exists(source))
        {
            throw new InvalidOperationException($"{Path.GetFullPath(data)} is not the data folder of a service: it has no {DatabaseFile}.");
        }

        RequireEmpty(target);
        Directory.CreateDirectory(target);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var files = new List<string>();

        // 1
        CopyDatabase(source, Path.Combine(target, DatabaseFile));
        files.Add(DatabaseFile);

        // 2
        files.AddRange(CopyLog(Path.Combine(data, LogFolder), target));

        // 3
        foreach (var journal in Journals.Where(name => File.Exists(Path.Combine(data, name))))
        {
            CopyFile(Path.Combine(data, journal), Path.Combine(target, journal));
            files.Add(journal);
        }

        // Last: a backup without it was broken off.
        var manifest = new Manifest(1, now, files.ToDictionary(file => file, file => HashOf(Path.Combine(target, file))));
        File.WriteAllBytes(Path.Combine(target, ManifestFile), JsonSerializer.SerializeToUtf8Bytes(manifest));
        return files.Count;
    }

    /// <summary>Puts a backup into a data folder, in which there is none. The service begins by asking what it has lost.</summary>
    /// <param name="backup">What <see cref="Create"/> has made.</param>
    /// <param name="data">The data folder: new, or without a database.</param>
    /// <returns>When the backup was made.</returns>
    /// <exception cref="InvalidOperationException">It is not whole, was changed, or the data folder holds a database.</exception>
    public static DateTimeOffset Restore(string backup, string data)
    {
        var path = Path.Combine(backup, ManifestFile);
        var manifest = File.Exists(path) ? ReadManifest(path) : throw new InvalidOperationException($"{Path.GetFullPath(backup)} is not a whole backup: it has no {ManifestFile}.");
        foreach (var (file, hash) in manifest.Files)
        {
            if (!IsOwn(file) || !File.Exists(Path.Combine(backup, file)) || HashOf(Path.Combine(backup, file)) != hash)
            {
                throw new InvalidOperationException($"The backup is not as it was made: {file} is missing or was changed.");
            }
        }

        if (File.Exists(Path.Combine(data, DatabaseFile)))
        {
            throw new InvalidOperationException($"{Path.GetFullPath(data)} holds a database. Stop its service and move the folder away first: a restore overwrites nothing.");
        }

        RequireEmpty(Path.Combine(data, LogFolder));
        Directory.CreateDirectory(data);
        if (manifest.Files.Keys.Any(IsOfLog))
        {
            File.WriteAllText(Path.Combine(data, RestoredFile), manifest.Time.ToString("O", CultureInfo.InvariantCulture));
        }

        // The database last: what was broken off is no data folder yet.
        foreach (var file in manifest.Files.Keys.OrderBy(file => file == DatabaseFile))
        {
            CopyFile(Path.Combine(backup, file), Path.Combine(data, file));
        }

        return manifest.Time;
    }

    private static void CopyDatabase(string source, string target)
    {
        using var from = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        using var to = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = target, Pooling = false }.ToString());
        from.Open();
        to.Open();
        from.BackupDatabase(to);

        // One file, without a write-ahead log beside it.
        to.Execute("PRAGMA journal_mode=DELETE");
        if (to.QuerySingle<string>("PRAGMA integrity_check") is var check && check != "ok")
        {
            throw new InvalidOperationException($"The copy of {source} is damaged: {check}");
        }
    }

    private static IEnumerable<string> CopyLog(string folder, string target)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".new", StringComparison.Ordinal)).ToList())
        {
            var name = Path.Combine(LogFolder, Path.GetRelativePath(folder, file));
            try
            {
                CopyFile(file, Path.Combine(target, name));
            }
            catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
            {
                // A partial tile that has become a full one meanwhile: what it held is staged in the database.
                continue;
            }

            yield return name;
        }
    }

    private static void CopyFile(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var from = File.OpenRead(source);
        using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        from.CopyTo(to);
        to.Flush(flushToDisk: true);
    }

    private static void RequireEmpty(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new InvalidOperationException($"{Path.GetFullPath(folder)} is not empty. Give a folder that is new.");
        }
    }

    private static Manifest ReadManifest(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(path)) is { Version: 1, Files: not null } manifest
                ? manifest
                : throw new InvalidOperationException($"{path} is not of a version that this program knows.");
        }
        catch (JsonException failure)
        {
            throw new InvalidOperationException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    // Nothing is written outside the data folder, whatever the manifest says.
    private static bool IsOwn(string file) =>
        file == DatabaseFile || Journals.Contains(file) || (IsOfLog(file) && !file.Contains("..", StringComparison.Ordinal));

    private static bool IsOfLog(string file) => file.StartsWith(LogFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed record Manifest(int Version, DateTimeOffset Time, IReadOnlyDictionary<string, string> Files);
}
