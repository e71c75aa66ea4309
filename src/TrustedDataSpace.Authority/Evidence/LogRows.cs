using System.Globalization;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Where an entry of a source already is in the log.</summary>
internal sealed record LoggedRow
{
    public long Idx { get; init; }

    public string Leaf { get; init; } = "";
}

/// <summary>The log's rows as the one writer sees and adds them. There is no statement that changes or removes one.</summary>
internal static class LogRows
{
    public const string NodeQuery = "SELECT hash FROM log_nodes WHERE space_id = @Space AND level = @level AND idx = @index";

    public const string LeafQuery = "SELECT leaf FROM log_entries WHERE space_id = @Space AND idx = @index";

    public static long Size(UnitOfWork unit) => unit.Find<long>(
        "SELECT coalesce(max(idx) + 1, 0) FROM log_entries WHERE space_id = @Space", new { unit.Space });

    public static LoggedRow? Find(UnitOfWork unit, LogLeaf leaf) => unit.Find<LoggedRow>(
        "SELECT idx AS Idx, leaf AS Leaf FROM log_entries WHERE space_id = @Space AND source = @Source AND entry_id = @EntryId",
        new { unit.Space, leaf.Source, leaf.EntryId });

    public static byte[] Node(UnitOfWork unit, int level, long index) =>
        Decode(unit.Find<string>(level == 0 ? LeafQuery : NodeQuery, new { unit.Space, level, index }), level, index);

    public static void AddEntry(UnitOfWork unit, long index, LogLeaf leaf) => unit.Execute(
        "INSERT INTO log_entries (space_id, idx, source, entry_id, entry, leaf) VALUES (@Space, @index, @Source, @EntryId, @Text, @Leaf)",
        new { unit.Space, index, leaf.Source, leaf.EntryId, leaf.Text, Leaf = Convert.ToBase64String(leaf.Hash) });

    public static void AddNode(UnitOfWork unit, int level, long index, byte[] hash) => unit.Execute(
        "INSERT INTO log_nodes (space_id, level, idx, hash) VALUES (@Space, @level, @index, @Hash)",
        new { unit.Space, level, index, Hash = Convert.ToBase64String(hash) });

    public static void AddCheckpoint(UnitOfWork unit, SignedCheckpoint signed) => unit.Execute(
        "INSERT INTO log_checkpoints (space_id, size, root, note) VALUES (@Space, @Size, @Root, @Text)",
        new { unit.Space, signed.Checkpoint.Size, signed.Checkpoint.Root, signed.Text });

    // A hole in the tree means a damaged database: to go on would sign something else than what was logged.
    public static byte[] Decode(string? hash, int level, long index) => hash is null
        ? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The evidence log has no node {index} of level {level}: restore a backup."))
        : Convert.FromBase64String(hash);
}
