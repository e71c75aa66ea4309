using System.Diagnostics;
using System.Globalization;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// Verifies a whole log in constant memory: 1 the head against its signature · 2 each bundle of entries against its tile of hashes, and each
/// tile of hashes against the one above · 3 each checkpoint against its signature and against the root at its size: so any two are consistent
/// · 4 each batch against the signature of the member, and that no entry of a member stands outside one · 5 the root against the head.
/// </summary>
/// <param name="source">The log.</param>
/// <param name="logKeys">The keys that count for checkpoints.</param>
public sealed class LogVerifier(ILogSource source, IReadOnlyCollection<PublicKey> logKeys)
{
    /// <summary>A log with more faults is not one with faults.</summary>
    public const int MostFaults = 100;

    // Bundles that are read at a time, for all processors; signatures likewise.
    private const int Window = 64;
    private const int SignaturesAtATime = 256;
    private const int TileHeight = 8;

    private static readonly BatchKeys NoKeys = new([]);

    private readonly List<LogFault> faults = [];
    private readonly CompactRange tree = new();
    private readonly List<(string Place, Action Check)> signatures = [];
    private readonly Stopwatch hashing = new();
    private readonly Stopwatch signing = new();
    private Dictionary<string, BatchKeys> sources = [];
    private IEnumerator<(long Number, SignedNote Note)>? checkpoints;
    private IEnumerator<(long Number, LoggedBatch Batch)>? batches;
    private List<byte> inBatch = [];
    private long rightCheckpoints;
    private long rightSignatures;
    private IReadOnlyList<string> witnesses = [];

    /// <summary>Verifies. Faults are found, not thrown.</summary>
    public LogVerification Run()
    {
        Checkpoint? head = null;
        try
        {
            // 1
            head = SignedNote.Read(source.Head()).Verified(logKeys);
            rightSignatures++;
            var keys = source.Keys().Sources.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<PublicKey>)[.. pair.Value.Select(PublicKey.FromJwk)]);
            sources = keys.ToDictionary(pair => pair.Key, pair => new BatchKeys(pair.Value));
            witnesses = Cosignature.WitnessesOf(source.Head(), keys);
            rightSignatures += witnesses.Count;
            checkpoints = source.Checkpoints().Select((note, i) => (i + 1L, SignedNote.Read(note))).GetEnumerator();
            batches = source.Batches().Select((batch, i) => (i + 1L, batch)).GetEnumerator();
            var (_, _) = (NextCheckpoint(), NextBatch());
            PassCheckpoints();

            // 2 to 4
            Entries(head);
            CheckSignatures();

            // 5
            Finish(head);
        }
        catch (Exception failure) when (failure is RefusalException or IOException or InvalidDataException or FormatException)
        {
            Add(head is null ? LogBundle.CheckpointFile : $"{LogBundle.CheckpointsFile}, {LogBundle.BatchesFile} or {LogBundle.KeysFile}", failure.Message);
        }

        return new LogVerification(head, tree.Size, Convert.ToBase64String(tree.Root()), rightCheckpoints, rightSignatures, hashing.Elapsed, signing.Elapsed, witnesses, faults);
    }

    private void Entries(Checkpoint head)
    {
        var count = (head.Size + TilePath.FullWidth - 1) / TilePath.FullWidth;
        var levels = new LevelTiles(source, head.Size, Add);
        for (var first = 0L; first < count && faults.Count < MostFaults; first += Window)
        {
            hashing.Start();
            var tiles = new BundleTile[Math.Min(Window, count - first)];
            Parallel.For(0, tiles.Length, i => tiles[i] = BundleTile.Read(TilePath.At(TilePath.Entries, first + i, head.Size), source.Tile));
            foreach (var tile in tiles)
            {
                foreach (var fault in tile.Faults)
                {
                    Add(fault);
                }

                Take(tile, head);
                if (tile.Count != tile.Path.Width)
                {
                    // What follows has other places than it should: more faults would say nothing.
                    hashing.Stop();
                    return;
                }

                if (tile.Root is { } root)
                {
                    levels.Add(1, tile.Path.Index, root);
                }
            }

            hashing.Stop();
            if (signatures.Count >= SignaturesAtATime)
            {
                CheckSignatures();
            }
        }
    }

    private void Take(BundleTile tile, Checkpoint head)
    {
        var first = tree.Size;
        for (var i = 0; i < tile.Count; i++)
        {
            Signed(first + i, tile.Sources[i], tile.Hash(i), head);
        }

        // As a whole, where no checkpoint is over a part of it.
        if (tile.Root is { } root && !(checkpoints?.Current.Note?.Checkpoint.Size < first + tile.Count))
        {
            tree.AppendSubtree(root, TileHeight);
            PassCheckpoints();
            return;
        }

        for (var i = 0; i < tile.Count; i++)
        {
            tree.Append(tile.Hash(i).ToArray());
            PassCheckpoints();
        }
    }

    /// <summary>Whether an entry stands in a batch of its source, which is checked when it is whole.</summary>
    private void Signed(long index, string source, ReadOnlySpan<byte> hash, Checkpoint head)
    {
        if (batches?.Current is { } current && current.Batch is not null && index >= current.Batch.First)
        {
            inBatch.AddRange(hash);
            if (source != current.Batch.Source)
            {
                Add(BatchPlace(current.Number), string.Create(CultureInfo.InvariantCulture, $"entry {index} in it is of {source}"));
            }

            if (inBatch.Count == current.Batch.Count * MerkleTree.HashLength)
            {
                var (batch, hashes, keys) = (current.Batch, inBatch, sources.GetValueOrDefault(current.Batch.Source) ?? NoKeys);
                signatures.Add((BatchPlace(current.Number), () => batch.Verify(hashes, keys)));
                inBatch = [];
                NextBatch();
            }
        }
        else if (source.Length > 0 && !head.Origin.StartsWith(source + "/", StringComparison.Ordinal))
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"index {index}"), $"{source} has not signed this entry: it stands in no batch");
        }
    }

    private void PassCheckpoints()
    {
        while (checkpoints?.Current is { Note: { } note } current && note.Checkpoint.Size <= tree.Size)
        {
            var place = $"{LogBundle.CheckpointsFile} line {current.Number.ToString(CultureInfo.InvariantCulture)}";
            if (note.Checkpoint.Size < tree.Size)
            {
                Add(place, "it is smaller than the one before");
            }
            else if (note.Checkpoint.Root != Convert.ToBase64String(tree.Root()))
            {
                Add(place, string.Create(CultureInfo.InvariantCulture, $"the first {tree.Size} entries have another root: the log is not the one that this checkpoint is over"));
            }
            else
            {
                rightCheckpoints++;
            }

            signatures.Add((place, () => note.Verified(logKeys)));
            NextCheckpoint();
        }
    }

    private void CheckSignatures()
    {
        signing.Start();
        var messages = new string?[signatures.Count];
        Parallel.For(0, signatures.Count, i =>
        {
            try
            {
                signatures[i].Check();
            }
            catch (Exception failure) when (failure is RefusalException or FormatException)
            {
                messages[i] = failure.Message;
            }
        });
        signing.Stop();
        for (var i = 0; i < messages.Length; i++)
        {
            if (messages[i] is { } message)
            {
                Add(signatures[i].Place, message);
            }
            else
            {
                rightSignatures++;
            }
        }

        signatures.Clear();
    }

    private void Finish(Checkpoint head)
    {
        if (tree.Size == head.Size && Convert.ToBase64String(tree.Root()) != head.Root)
        {
            Add(LogBundle.CheckpointFile, "its root is not that of the entries");
        }

        if (faults.Count == 0 && batches?.Current.Batch is { } rest)
        {
            Add(LogBundle.BatchesFile, string.Create(CultureInfo.InvariantCulture, $"the batch from entry {rest.First} on reaches beyond the log"));
        }
    }

    private bool NextCheckpoint() => Next(ref checkpoints);

    private bool NextBatch() => Next(ref batches);

    private static bool Next<T>(ref IEnumerator<T>? lines)
    {
        if (lines?.MoveNext() == true)
        {
            return true;
        }

        lines?.Dispose();
        lines = null;
        return false;
    }

    private static string BatchPlace(long line) => $"{LogBundle.BatchesFile} line {line.ToString(CultureInfo.InvariantCulture)}";

    private void Add(string place, string message) => Add(new LogFault(place, message));

    private void Add(LogFault fault)
    {
        if (faults.Count < MostFaults)
        {
            faults.Add(fault);
        }
    }
}
