using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>What is logged durably, published or not.</summary>
internal sealed record LogHead
{
    public long Size { get; init; }

    public byte[] Root { get; init; } = [];

    public byte[] Edge { get; init; } = [];

    public CompactRange Tree() => new(Size, Edge.Chunk(MerkleTree.HashLength));
}

/// <summary>An entry that waits for its bundle to be full.</summary>
internal sealed record StagedRow
{
    public long Idx { get; init; }

    public byte[] Entry { get; init; } = [];
}

/// <summary>The log's rows: its head, the entries of bundles that are not full yet, and the place of each entry.</summary>
internal static class LogRows
{
    private const string HeadQuery = "SELECT size AS Size, root AS Root, edge AS Edge FROM log_head WHERE space_id = @Space";

    private const string RestoreQuery = "SELECT count(*) FROM log_restores WHERE space_id = @Space AND id = @restore";

    public static LogHead Head(UnitOfWork unit) => unit.Find<LogHead>(HeadQuery, new { unit.Space }) ?? new LogHead();

    public static LogHead Head(SqliteConnection connection, string space) => connection.QuerySingleOrDefault<LogHead>(HeadQuery, new { Space = space }) ?? new LogHead();

    public static long Generation(SqliteConnection connection, string space) =>
        connection.QuerySingleOrDefault<long?>("SELECT generation FROM log_generation WHERE space_id = @space", new { space }) ?? 1;

    public static void SetGeneration(UnitOfWork unit, long generation) => unit.Execute(
        "INSERT INTO log_generation (space_id, generation) VALUES (@Space, @generation) ON CONFLICT (space_id) DO UPDATE SET generation = excluded.generation", new { unit.Space, generation });

    public static bool WasRestored(UnitOfWork unit, string restore) => unit.Find<long>(RestoreQuery, new { unit.Space, restore }) > 0;

    public static bool WasRestored(SqliteConnection connection, string space, string restore) => connection.QuerySingle<long>(RestoreQuery, new { Space = space, restore }) > 0;

    /// <summary>The log has gone on after that restore.</summary>
    public static void AddRestore(UnitOfWork unit, string restore) => unit.Execute("INSERT INTO log_restores (space_id, id) VALUES (@Space, @restore)", new { unit.Space, restore });

    public static long? Place(UnitOfWork unit, LogLeaf leaf) =>
        unit.Find<long?>("SELECT idx FROM log_ids WHERE space_id = @Space AND id = @Key", new { unit.Space, leaf.Key });

    public static byte[]? Staged(UnitOfWork unit, long index) =>
        unit.Find<byte[]>("SELECT entry FROM log_staged WHERE space_id = @Space AND idx = @index", new { unit.Space, index });

    public static IReadOnlyList<StagedRow> Staged(SqliteConnection connection, string space, long from, long to) => connection.Query<StagedRow>(
        "SELECT idx AS Idx, entry AS Entry FROM log_staged WHERE space_id = @space AND idx >= @from AND idx < @to ORDER BY idx", new { space, from, to }).AsList();

    public static long? FirstStaged(SqliteConnection connection, string space) =>
        connection.QuerySingle<long?>("SELECT min(idx) FROM log_staged WHERE space_id = @space", new { space });

    /// <summary>Gives the entry the place; false: it has one already, and nothing was done.</summary>
    public static bool Add(UnitOfWork unit, long index, LogLeaf leaf) =>
        unit.Execute("INSERT INTO log_ids (space_id, id, idx) VALUES ($space, $id, $idx) ON CONFLICT (space_id, id) DO NOTHING", [new("$space", unit.Space), new("$id", leaf.Key), new("$idx", index)]) == 1
        && unit.Execute("INSERT INTO log_staged (space_id, idx, entry) VALUES ($space, $idx, $entry)", [new("$space", unit.Space), new("$idx", index), new("$entry", leaf.Bytes)]) == 1;

    /// <summary>Moves the head on, from the very one that was read.</summary>
    /// <exception cref="InvalidOperationException">Another writer has moved it.</exception>
    public static void Swap(UnitOfWork unit, LogHead from, CompactRange to)
    {
        var row = new { unit.Space, to.Size, Root = to.Root(), Edge = to.Nodes.SelectMany(node => node).ToArray(), OldSize = from.Size, OldRoot = from.Root };
        var changed = from.Root.Length == 0
            ? unit.Execute("INSERT INTO log_head (space_id, size, root, edge) VALUES (@Space, @Size, @Root, @Edge)", row)
            : unit.Execute("UPDATE log_head SET size = @Size, root = @Root, edge = @Edge WHERE space_id = @Space AND size = @OldSize AND root = @OldRoot", row);
        if (changed != 1)
        {
            throw new InvalidOperationException("The evidence log has another head than the one this append began from: a second writer is at work.");
        }
    }

    public static void AddBatch(UnitOfWork unit, long index, string batch) =>
        unit.Execute("INSERT INTO log_batches (space_id, idx, batch) VALUES (@Space, @index, @batch)", new { unit.Space, index, batch });

    /// <summary>The checkpoint that was signed over so many entries; null: there is none.</summary>
    public static CheckpointRow? Checkpoint(UnitOfWork unit, long size) => unit.Find<CheckpointRow>(
        "SELECT size AS Size, root AS Root, note AS Note FROM log_checkpoints WHERE space_id = @Space AND size = @size", new { unit.Space, size });

    /// <summary>Notes a checkpoint; the database cannot hold two roots for one size.</summary>
    public static void AddCheckpoint(UnitOfWork unit, SignedCheckpoint signed) => unit.Execute(
        "INSERT INTO log_checkpoints (space_id, size, root, note) VALUES (@Space, @Size, @Root, @Text)",
        new { unit.Space, signed.Checkpoint.Size, signed.Checkpoint.Root, signed.Text });

    /// <summary>The entries before that index stand durably in full bundles.</summary>
    public static void Unstage(UnitOfWork unit, long before) =>
        unit.Execute("DELETE FROM log_staged WHERE space_id = @Space AND idx < @before", new { unit.Space, before });
}
