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
/// <param name="bundle">The log.</param>
/// <param name="logKeys">The keys that count for checkpoints.</param>
public sealed class LogVerifier(LogBundle bundle, IReadOnlyCollection<PublicKey> logKeys)
{
    /// <summary>A log with more faults is not one with faults.</summary>
    public const int MostFaults = 100;

    // Bundles that are read at a time, for all processors; signatures likewise.
    private const int Window = 64;
    private const int SignaturesAtATime = 256;

    private readonly List<LogFault> faults = [];
    private readonly CompactRange tree = new();
    private readonly List<List<byte[]>> levels = [];
    private readonly List<(string Place, Action Check)> signatures = [];
    private readonly Stopwatch hashing = new();
    private readonly Stopwatch signing = new();
    private IReadOnlyDictionary<string, IReadOnlyList<PublicKey>> sources = new Dictionary<string, IReadOnlyList<PublicKey>>();
    private IEnumerator<(long Number, SignedNote Note)>? checkpoints;
    private IEnumerator<(long Number, LoggedBatch Batch)>? batches;
    private List<byte[]> inBatch = [];
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
            head = SignedNote.Read(bundle.Head()).Verified(logKeys);
            rightSignatures++;
            sources = bundle.Keys().Sources.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<PublicKey>)[.. pair.Value.Select(PublicKey.FromJwk)]);
            witnesses = Cosignature.WitnessesOf(bundle.Head(), sources);
            rightSignatures += witnesses.Count;
            checkpoints = bundle.Checkpoints().Select((note, i) => (i + 1L, SignedNote.Read(note))).GetEnumerator();
            batches = bundle.Batches().Select((batch, i) => (i + 1L, batch)).GetEnumerator();
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
        for (var first = 0L; first < count && faults.Count < MostFaults; first += Window)
        {
            hashing.Start();
            var tiles = new BundleTile[Math.Min(Window, count - first)];
            Parallel.For(0, tiles.Length, i => tiles[i] = BundleTile.Read(TilePath.At(TilePath.Entries, first + i, head.Size), bundle.Tile));
            foreach (var tile in tiles)
            {
                tile.Faults.ToList().ForEach(Add);
                for (var i = 0; i < tile.Hashes.Count; i++)
                {
                    Take(tile.Hashes[i], tile.Sources[i], head);
                }

                if (tile.Hashes.Count != tile.Path.Width)
                {
                    // What follows has other places than it should: more faults would say nothing.
                    hashing.Stop();
                    return;
                }

                if (tile.Path.IsFull)
                {
                    Raise(1, tile.Path.Index, TileTree.Join(tile.Hashes.SelectMany(hash => hash).ToArray()), head);
                }
            }

            hashing.Stop();
            if (signatures.Count >= SignaturesAtATime)
            {
                CheckSignatures();
            }
        }
    }

    private void Take(byte[] hash, string source, Checkpoint head)
    {
        var index = tree.Size;
        tree.Append(hash);
        PassCheckpoints();
        if (batches?.Current is { } current && current.Batch is not null && index >= current.Batch.First)
        {
            inBatch.Add(hash);
            if (source != current.Batch.Source)
            {
                Add(BatchPlace(current.Number), string.Create(CultureInfo.InvariantCulture, $"entry {index} in it is of {source}"));
            }

            if (inBatch.Count == current.Batch.Count)
            {
                var (batch, hashes, keys) = (current.Batch, inBatch, sources.GetValueOrDefault(current.Batch.Source) ?? []);
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

    /// <summary>A tile above the leaves has grown by a hash; full or at the end it is compared.</summary>
    private void Raise(int level, long index, byte[] hash, Checkpoint head)
    {
        while (levels.Count < level)
        {
            levels.Add([]);
        }

        var hashes = levels[level - 1];
        hashes.Add(hash);
        var path = TilePath.At(level, index / TilePath.FullWidth, head.Size);
        if (hashes.Count < path.Width)
        {
            return;
        }

        var expected = hashes.SelectMany(one => one).ToArray();
        hashes.Clear();
        if (bundle.Tile(path) is not { } tile)
        {
            Add(path.ToString(), "it is missing");
        }
        else if (!tile.AsSpan().SequenceEqual(expected))
        {
            Add(path.ToString(), "its hashes are not those of the tiles below");
        }

        if (path.IsFull)
        {
            Raise(level + 1, path.Index, TileTree.Join(expected), head);
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
