using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// A data folder copied while its service runs, and put back: 1 the journal of uses and the leases of quotas, before the database into which they move · 2 the database, by
/// SQLite's own online backup · 3 <c>log/</c>, and the policies that decided, which then hold no less than the database counts on. The master key is in
/// none of them: it is kept apart, and a restore needs both.
/// </summary>
public static class DataBackup
{
    /// <summary>In the data folder of an authority that was restored, until its operator has said how its log goes on.</summary>
    public const string RestoredFile = "tds.restored";

    private const string DatabaseFile = "tds.sqlite";
    private const string ManifestFile = "backup.json";
    private const string LogFolder = "log";
    private const string PoliciesFolder = "policies";
    private const string PolicyArchive = "policy-bundle.tar.gz";
    private const string Draft = ".new";
    private static readonly string[] Journals = ["usage-journal.0", "usage-journal.1", "quota-leases"];
    private static readonly string[] Folders = [LogFolder, PoliciesFolder];

    /// <summary>The database of a restore that has not come to its end: no service starts on what is there.</summary>
    internal const string UnfinishedFile = DatabaseFile + Draft;

    /// <summary>Copies a data folder.</summary>
    /// <param name="data">The data folder (<c>Storage:Folder</c>) of a service, which may run.</param>
    /// <param name="target">A folder that is new or empty.</param>
    /// <param name="now">When.</param>
    /// <returns>How many files were copied.</returns>
    /// <exception cref="InvalidOperationException">There is no database, or the target is not empty.</exception>
    public static int Create(string data, string target, DateTimeOffset now) => Create(data, target, now, _ => { });

    /// <summary>The same; tells each step when it is done.</summary>
    internal static int Create(string data, string target, DateTimeOffset now, Action<int> done)
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

        // 1 A use that moves into the database meanwhile is in both, and is not taken over twice; in the other order it would be in neither.
        files.AddRange(CopySome(Journals, data, target));
        done(1);

        // 2
        CopyDatabase(source, Path.Combine(target, DatabaseFile));
        files.Add(DatabaseFile);
        done(2);

        // 3
        files.AddRange(Folders.SelectMany(folder => CopyFolder(data, folder, target)));
        files.AddRange(CopySome([PolicyArchive], data, target));
        done(3);

        // Last: a backup without it was broken off.
        var manifest = new Manifest(1, now, files.ToDictionary(file => file, file => HashOf(Path.Combine(target, file))));
        File.WriteAllBytes(Path.Combine(target, ManifestFile), JsonSerializer.SerializeToUtf8Bytes(manifest));
        return files.Count;
    }

    /// <summary>
    /// Puts a backup into a data folder that has nothing of a service: what an old one left there would pass for a part of the backup. The service
    /// begins by asking what it has lost. Broken off anywhere, it leaves what no service starts on.
    /// </summary>
    /// <param name="backup">What <see cref="Create(string, string, DateTimeOffset)"/> has made.</param>
    /// <param name="data">The data folder: new, or without files of a service.</param>
    /// <returns>When the backup was made.</returns>
    /// <exception cref="InvalidOperationException">It is not whole, was changed, or the data folder holds files of a service: names them.</exception>
    public static DateTimeOffset Restore(string backup, string data)
    {
        var path = Path.Combine(backup, ManifestFile);
        var manifest = File.Exists(path) ? ReadManifest(path) : throw new InvalidOperationException($"{Path.GetFullPath(backup)} is not a whole backup: it has no {ManifestFile}.");
        if (!manifest.Files.ContainsKey(DatabaseFile))
        {
            throw new InvalidOperationException($"{path} does not name {DatabaseFile}: it is not as it was made.");
        }

        foreach (var (file, hash) in manifest.Files)
        {
            if (!IsOwn(file) || !File.Exists(Path.Combine(backup, file)) || HashOf(Path.Combine(backup, file)) != hash)
            {
                throw new InvalidOperationException($"The backup is not as it was made: {file} is missing or was changed.");
            }
        }

        PrivateFolder.Make(data);
        using var alone = FolderLock.Take(Path.GetFullPath(data));
        if (Stale(data) is { Count: > 0 } stale)
        {
            throw new InvalidOperationException($"{Path.GetFullPath(data)} has files of a service: {string.Join(", ", stale)}. Stop it and move the folder away first: a restore overwrites nothing.");
        }

        // The database first, under a name with which no service starts, and its own name last.
        CopyFile(Path.Combine(backup, DatabaseFile), Path.Combine(data, UnfinishedFile));
        if (manifest.Files.Keys.Any(IsOfLog))
        {
            // Another one for each restore: what was decided about one says nothing about the next. On the disk before the database has its name: without
            // it the log would go on as if nothing were lost.
            using var restored = new FileStream(Path.Combine(data, RestoredFile), FileMode.CreateNew, FileAccess.Write);
            restored.Write(Encoding.UTF8.GetBytes($"{manifest.Time.ToString("O", CultureInfo.InvariantCulture)} {Guid.NewGuid():N}"));
            restored.Flush(flushToDisk: true);
        }

        foreach (var file in manifest.Files.Keys.Where(file => file != DatabaseFile))
        {
            CopyFile(Path.Combine(backup, file), Path.Combine(data, file));
        }

        File.Move(Path.Combine(data, UnfinishedFile), Path.Combine(data, DatabaseFile));
        return manifest.Time;
    }

    private static List<string> Stale(string data) =>
    [
        .. Directory.EnumerateFiles(data).Select(file => Path.GetFileName(file)).Where(file =>
            file.StartsWith(DatabaseFile, StringComparison.Ordinal) || Journals.Contains(file) || file.StartsWith(PolicyArchive, StringComparison.Ordinal) || file == RestoredFile),
        .. Folders.Where(folder => Path.Combine(data, folder) is var path && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()).Select(folder => folder + Path.DirectorySeparatorChar),
    ];

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

    private static IEnumerable<string> CopyFolder(string data, string name, string target)
    {
        var folder = Path.Combine(data, name);
        return Directory.Exists(folder)
            ? CopySome(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(Draft, StringComparison.Ordinal)).Select(file => Path.GetRelativePath(data, file)).ToList(), data, target)
            : [];
    }

    private static IEnumerable<string> CopySome(IEnumerable<string> names, string data, string target)
    {
        foreach (var name in names)
        {
            try
            {
                CopyFile(Path.Combine(data, name), Path.Combine(target, name));
            }
            catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
            {
                // A partial tile that has become a full one meanwhile: what it held is staged in the database. Or policies whose time is over.
                continue;
            }

            yield return name;
        }
    }

    private static void CopyFile(string source, string target)
    {
        // Shared with whoever writes it: a running service has its journal open.
        using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
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
        file == DatabaseFile || file == PolicyArchive || Journals.Contains(file)
        || (Folders.Any(folder => file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) && !file.Contains("..", StringComparison.Ordinal));

    private static bool IsOfLog(string file) => file.StartsWith(LogFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed record Manifest(int Version, DateTimeOffset Time, IReadOnlyDictionary<string, string> Files);
}
