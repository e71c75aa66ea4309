using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The log as an authority keeps it, in its data folder: tiles against rows against tree. Reads only, with the service stopped: 1 each bundle
/// against its hashes · 2 each entry against the row with its place · 3 each full tile against the one above · 4 rows of bundles that are not
/// full · 5 checkpoints and head against the roots.
/// </summary>
public static class LogCheck
{
    private const int MostFaults = 100;

    /// <summary>Checks the log in a data folder.</summary>
    /// <returns>How many entries there are, and what is wrong; empty when nothing is.</returns>
    /// <exception cref="InvalidOperationException">There is no database of an authority in the folder.</exception>
    public static (long Entries, IReadOnlyList<LogFault> Faults) Run(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var file = Path.Combine(folder, "tds.sqlite");
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            return new Check(connection, new LogBundle(Path.Combine(folder, "log"))).Run();
        }
        catch (SqliteException failure)
        {
            throw new InvalidOperationException($"{file} cannot be read as the database of an authority: {failure.Message}", failure);
        }
    }

    private sealed class Check(SqliteConnection connection, LogBundle files)
    {
        private readonly List<LogFault> faults = [];
        private readonly CompactRange tree = new();
        private readonly List<List<byte[]>> levels = [];
        private Dictionary<long, CheckpointRow> checkpoints = [];

        public (long Entries, IReadOnlyList<LogFault> Faults) Run()
        {
            var space = connection.QuerySingleOrDefault<string>("SELECT space_id FROM log_head") ?? throw new InvalidOperationException("The database has no log.");
            var head = LogRows.Head(connection, space);
            checkpoints = connection.Query<CheckpointRow>("SELECT size AS Size, root AS Root, note AS Note FROM log_checkpoints WHERE space_id = @space", new { space }).ToDictionary(row => row.Size);
            Compare(0);
            for (var index = 0L; TilePath.At(TilePath.Entries, index, head.Size) is { Width: > 0 } path && faults.Count < MostFaults; index++)
            {
                // 1 to 3
                if (!Bundle(path, space))
                {
                    break;
                }
            }

            // 5
            if (tree.Size == head.Size)
            {
                Sums(head, space);
            }

            return (tree.Size, faults);
        }

        private bool Bundle(TilePath path, string space)
        {
            var tile = BundleTile.Read(path, files.Tile);
            faults.AddRange(tile.Faults);
            var places = connection.Query<(byte[] Id, long Idx)>(
                "SELECT id, idx FROM log_ids WHERE space_id = @space AND id IN @Keys", new { space, Keys = KeysOf(path) }).ToDictionary(row => Convert.ToHexString(row.Id), row => row.Idx);
            var staged = path.IsFull ? [] : LogRows.Staged(connection, space, path.Index * TilePath.FullWidth, long.MaxValue).ToDictionary(row => row.Idx, row => row.Entry);
            foreach (var (key, i) in KeysOf(path).Select((key, i) => (Convert.ToHexString(key), i)))
            {
                var index = (path.Index * TilePath.FullWidth) + i;
                if (key.Length > 0 && places.GetValueOrDefault(key, -1) != index)
                {
                    Add(Row("log_ids", index), "the entry has no row with its place");
                }

                // 4
                if (!path.IsFull && (!staged.TryGetValue(index, out var entry) || (i < tile.Count && !tile.Hash(i).SequenceEqual(MerkleTree.LeafHash(entry)))))
                {
                    Add(Row("log_staged", index), "the row is missing, or has another entry than the tile");
                }
            }

            if (tile.Count != path.Width)
            {
                return false;
            }

            for (var i = 0; i < tile.Count; i++)
            {
                tree.Append(tile.Hash(i).ToArray());
                Compare(tree.Size);
            }

            if (path.IsFull)
            {
                Raise(1, path.Index, tile.Root!);
            }

            return true;
        }

        private List<byte[]> KeysOf(TilePath path)
        {
            try
            {
                return [.. EntryBundle.Read(files.Tile(path) ?? []).Select(KeyOf)];
            }
            catch (InvalidDataException)
            {
                return [];
            }
        }

        private static byte[] KeyOf(ReadOnlyMemory<byte> entry)
        {
            try
            {
                return LogLeaf.KeyOf(ProtocolJson.Read<EvidenceEntry>(entry.Span));
            }
            catch (RefusalException)
            {
                return [];
            }
        }

        private void Raise(int level, long index, byte[] hash)
        {
            while (levels.Count < level)
            {
                levels.Add([]);
            }

            var hashes = levels[level - 1];
            hashes.Add(hash);
            if (hashes.Count < TilePath.FullWidth)
            {
                return;
            }

            var (path, expected) = (new TilePath(level, index / TilePath.FullWidth, TilePath.FullWidth), hashes.SelectMany(one => one).ToArray());
            hashes.Clear();
            if (files.Tile(path)?.AsSpan().SequenceEqual(expected) != true)
            {
                Add(path.ToString(), "it is missing, or its hashes are not those of the tiles below");
            }

            Raise(level + 1, path.Index, TileTree.Join(expected));
        }

        private void Compare(long size)
        {
            if (checkpoints.TryGetValue(size, out var row) && row.Root != Convert.ToBase64String(tree.Root()))
            {
                Add(Row("log_checkpoints", size), "the entries have another root");
            }
        }

        private void Sums(LogHead head, string space)
        {
            if (!tree.Root().AsSpan().SequenceEqual(head.Root) || !tree.Nodes.SelectMany(node => node).SequenceEqual(head.Edge))
            {
                Add("row of log_head", "the entries have another root");
            }

            if (connection.QuerySingle<long>("SELECT count(*) FROM log_ids WHERE space_id = @space", new { space }) is var rows && rows != tree.Size)
            {
                Add("rows of log_ids", string.Create(CultureInfo.InvariantCulture, $"there are {rows} for {tree.Size} entries"));
            }

            var note = File.Exists(files.PathOf(LogBundle.CheckpointFile)) ? files.Head() : "";
            if (!checkpoints.TryGetValue(head.Size, out var last) || last.Note != note)
            {
                Add(LogBundle.CheckpointFile, "it is not the checkpoint that the database has for this size");
            }
        }

        private static string Row(string table, long index) => string.Create(CultureInfo.InvariantCulture, $"row of {table} {index}");

        private void Add(string place, string message) => faults.Add(new LogFault(place, message));
    }
}
