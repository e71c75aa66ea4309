using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Errors of SQLite that lie in the file or the disk, not in a statement (sqlite.org/rescode.html).</summary>
internal static class StorageFailure
{
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int Io = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>Whether the whole group must be given up: SQLite may have rolled back all of it by itself.</summary>
    public static bool Is(SqliteException failure) =>
        failure.SqliteErrorCode is ReadOnly or Io or Corrupt or Full or CannotOpen or NotADatabase;

    /// <summary>What happened and what the operator can do.</summary>
    public static string Describe(SqliteException failure) => failure.Message + Remedy(failure);

    private static string Remedy(SqliteException failure) => failure.SqliteErrorCode switch
    {
        Busy => " Another program holds it: stop that first.",
        ReadOnly or CannotOpen => " Give the user of this service the right to write the folder and what is in it.",
        Io or Full => " Make room on the disk, or look after it.",
        Corrupt or NotADatabase => " It is damaged: restore a backup.",
        _ => "",
    };
}
