using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>What a member has verified last.</summary>
internal sealed record ReportRow
{
    public string Member { get; init; } = "";

    public string Origin { get; init; } = "";

    public long Size { get; init; }

    public string Root { get; init; } = "";

    public string Note { get; init; } = "";

    public bool Complete { get; init; }
}

/// <summary>An entry that was handed back.</summary>
internal sealed record ReturnedRow
{
    public long Idx { get; init; }

    public byte[] Entry { get; init; } = [];

    public bool Own { get; init; }
}

/// <summary>What members have handed back since the restore.</summary>
internal static class ReturnedRows
{
    private const string Reported = "SELECT member AS Member, origin AS Origin, size AS Size, root AS Root, note AS Note, complete AS Complete FROM log_reports WHERE space_id = @Space AND restore = @restore";

    private const string CountQuery = "SELECT count(*) FROM log_returned WHERE space_id = @Space AND idx >= @from AND idx < @to";

    private const string Waiting = """
        SELECT id FROM participants WHERE space_id = @Space AND state = @Active
          AND id NOT IN (SELECT member FROM log_reports WHERE space_id = @Space AND restore = @restore AND complete = 1) ORDER BY id LIMIT 100
        """;

    /// <summary>Notes what a member has verified. That it has handed back all is not taken back: what it has does not grow while the log is held.</summary>
    public static void Report(UnitOfWork unit, string restore, string member, Checkpoint seen, string note, bool complete) => unit.Execute(
        """
        INSERT INTO log_reports (space_id, member, restore, origin, size, root, note, complete) VALUES (@Space, @member, @restore, @Origin, @Size, @Root, @note, @complete)
        ON CONFLICT (space_id, member) DO UPDATE SET restore = excluded.restore, origin = excluded.origin, size = excluded.size, root = excluded.root, note = excluded.note,
          complete = CASE WHEN log_reports.restore = excluded.restore AND log_reports.complete = 1 THEN 1 ELSE excluded.complete END
        """,
        new { unit.Space, member, restore, seen.Origin, seen.Size, seen.Root, note, complete });

    /// <summary>It has handed back all; the checkpoint that it has shown stays.</summary>
    public static void Completed(UnitOfWork unit, string restore, string member) => unit.Execute(
        "UPDATE log_reports SET complete = 1 WHERE space_id = @Space AND member = @member AND restore = @restore", new { unit.Space, member, restore });

    public static IReadOnlyList<ReportRow> Reports(UnitOfWork unit, string restore) => unit.Query<ReportRow>(Reported, new { unit.Space, restore });

    public static IReadOnlyList<ReportRow> Reports(SqliteConnection connection, string space, string restore) => connection.Query<ReportRow>(Reported, new { Space = space, restore }).AsList();

    /// <summary>Active members that have not handed back all, at most 100.</summary>
    public static IReadOnlyList<string> WaitingFor(UnitOfWork unit, string restore) => unit.Query<string>(Waiting, new { unit.Space, restore, ParticipantStates.Active });

    public static IReadOnlyList<string> WaitingFor(SqliteConnection connection, string space, string restore) =>
        connection.Query<string>(Waiting, new { Space = space, restore, ParticipantStates.Active }).AsList();

    /// <summary>Adds an entry; one that is there already is the same one, because its place was proven.</summary>
    public static void Add(UnitOfWork unit, long index, byte[] entry, bool own) => unit.Execute(
        "INSERT INTO log_returned (space_id, idx, entry, own) VALUES (@Space, @index, @entry, @own) ON CONFLICT DO NOTHING", new { unit.Space, index, entry, own });

    public static void AddBatch(UnitOfWork unit, LoggedBatch batch) => unit.Execute(
        "INSERT INTO log_returned_batches (space_id, idx, batch) VALUES (@Space, @First, @Line) ON CONFLICT DO NOTHING", new { unit.Space, batch.First, Line = batch.ToLine() });

    /// <summary>Whether all of these places are taken.</summary>
    public static bool Has(SqliteConnection connection, string space, long from, long to) => Count(connection, space, from, to) == to - from;

    public static long Count(SqliteConnection connection, string space, long from, long to) => connection.QuerySingle<long>(CountQuery, new { Space = space, from, to });

    public static long Count(UnitOfWork unit, long from, long to) => unit.Find<long>(CountQuery, new { unit.Space, from, to });

    public static IReadOnlyList<ReturnedRow> Entries(UnitOfWork unit, long from, long to) => unit.Query<ReturnedRow>(
        "SELECT idx AS Idx, entry AS Entry, own AS Own FROM log_returned WHERE space_id = @Space AND idx >= @from AND idx < @to ORDER BY idx", new { unit.Space, from, to });

    public static IReadOnlyList<(long Idx, string Batch)> Batches(UnitOfWork unit, long from, long to) => unit.Query<(long, string)>(
        "SELECT idx, batch FROM log_returned_batches WHERE space_id = @Space AND idx >= @from AND idx < @to ORDER BY idx", new { unit.Space, from, to });

    /// <summary>The log goes on: nothing of this is needed any longer.</summary>
    public static void Clear(UnitOfWork unit)
    {
        foreach (var table in new[] { "log_returned", "log_returned_batches", "log_reports" })
        {
            unit.Execute($"DELETE FROM {table} WHERE space_id = @Space", new { unit.Space });
        }
    }
}
