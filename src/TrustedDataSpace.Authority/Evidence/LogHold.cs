using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// Whether the log waits after a restore. A file says that the data folder was restored; the database says how that ended, in the commit with which the
/// log goes on: a kill between that and the removal of the file changes nothing.
/// </summary>
internal sealed class LogHold(AuthoritySettings settings)
{
    private readonly string file = Path.Combine(settings.Storage.Folder, DataBackup.RestoredFile);
    private volatile string? restore = IdOf(Path.Combine(settings.Storage.Folder, DataBackup.RestoredFile));

    /// <summary>Whether nothing is added, and no checkpoint of another size signed.</summary>
    public bool IsHeld => restore is not null;

    /// <summary>Names the restore; null: it does not wait for anything.</summary>
    public string? Restore => restore;

    /// <summary>Sizes that members say they have seen of a longer log; not proven, but no reason to sign another one of that size.</summary>
    public ConcurrentDictionary<string, long> Claims { get; } = [];

    /// <summary>At the start: what was decided before a kill holds.</summary>
    public void Open(Database database)
    {
        if (restore is { } one && database.Read(connection => LogRows.WasRestored(connection, settings.Space.Id, one)))
        {
            restore = null;
            Clear();
        }
    }

    /// <summary>The log goes on, once the unit of work is durable.</summary>
    /// <exception cref="RefusalException">Conflict: it waits for nothing.</exception>
    public void Release(UnitOfWork unit)
    {
        if (restore is not { } one || LogRows.WasRestored(unit, one))
        {
            throw NothingRestored();
        }

        LogRows.AddRestore(unit, one);
        unit.OnCommitted(() => restore = null);
    }

    /// <summary>Removes the file, which says nothing any longer.</summary>
    /// <exception cref="IOException">It stays, and the next start removes it.</exception>
    public void Clear() => File.Delete(file);

    public static RefusalException NothingRestored() => new(RefusalCode.Conflict, "The log was not restored from a backup: it waits for nothing.") { Term = "log" };

    // Also of a file of an earlier version, which has the time of the backup alone.
    private static string? IdOf(string file) => File.Exists(file) ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(file))))[..32] : null;
}
