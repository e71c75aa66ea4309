using System.Globalization;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>A checkpoint as it is stored.</summary>
internal sealed record CheckpointRow
{
    public long Size { get; init; }

    public string Root { get; init; } = "";

    public string Note { get; init; } = "";
}

/// <summary>
/// Reads what is published. What stands below a checkpoint never changes, so pages and proofs made one after another still describe one state.
/// </summary>
internal sealed class LogReader(Database database, LogFiles files, LogPublisher publisher, AuthoritySettings settings)
{
    /// <summary>The checkpoint over the whole log.</summary>
    public CheckpointRow Latest() => publisher.Latest;

    /// <summary>Up to <paramref name="count"/> entries from an index on, in order.</summary>
    public IReadOnlyList<EvidenceEntry> Entries(long from, long count)
    {
        var (size, entries) = (Latest().Size, new List<EvidenceEntry>());
        var to = Math.Min(size, from + count);
        for (var at = from; at < to;)
        {
            var tile = TilePath.At(TilePath.Entries, at / TilePath.FullWidth, size);
            var bundle = Bundle(tile);
            var (first, end) = ((int)(at % TilePath.FullWidth), (int)Math.Min(tile.Width, to - (tile.Index * TilePath.FullWidth)));
            entries.AddRange(bundle.Take(first..end).Select(entry => ProtocolJson.Read<EvidenceEntry>(entry.Span)));
            at += end - first;
        }

        return entries;
    }

    /// <summary>The entries at these indexes, which grow; each tile is read once.</summary>
    public IReadOnlyList<EvidenceEntry> EntriesAt(IReadOnlyList<long> indexes)
    {
        var size = Latest().Size;
        var entries = new List<EvidenceEntry>(indexes.Count);
        foreach (var tile in indexes.GroupBy(index => TilePath.At(TilePath.Entries, index / TilePath.FullWidth, size)))
        {
            var bundle = Bundle(tile.Key);
            entries.AddRange(tile.Select(index => ProtocolJson.Read<EvidenceEntry>(bundle[(int)(index % TilePath.FullWidth)].Span)));
        }

        return entries;
    }

    /// <summary>Checkpoints from a size on, in order.</summary>
    public IReadOnlyList<CheckpointRow> Checkpoints(long from, int count) => database.Read(connection => connection.Query<CheckpointRow>(
        "SELECT size AS Size, root AS Root, note AS Note FROM log_checkpoints WHERE space_id = @Space AND size >= @from ORDER BY size LIMIT @count",
        new { Space = settings.Space.Id, from, count }).AsList());

    /// <summary>Signed batches from an index on, in order, each as its line.</summary>
    public IReadOnlyList<LoggedBatch> Batches(long from, int count) => database.Read(connection => connection.Query<string>(
        "SELECT batch FROM log_batches WHERE space_id = @Space AND idx >= @from AND idx < @Size ORDER BY idx LIMIT @count",
        new { Space = settings.Space.Id, from, Latest().Size, count }).Select(LoggedBatch.Read).ToList());

    /// <summary>The authority's own published entries from one place to before another, sealed, in order.</summary>
    public IReadOnlyList<SealedEntry> Copies(long from, long to, int count) => database.Read(connection => connection.Query<(long Index, string Box)>(
        "SELECT idx, box FROM log_own WHERE space_id = @Space AND idx >= @from AND idx < @To ORDER BY idx LIMIT @count",
        new { Space = settings.Space.Id, from, To = Math.Min(to, Latest().Size), count }).Select(row => new SealedEntry(row.Index, row.Box)).ToList());

    /// <summary>The receipt for entries that stand side by side under the present checkpoint.</summary>
    /// <param name="batch">Id of their batch.</param>
    /// <param name="first">The index of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="seen">The size of the log that the asker has seen before; null: it has seen none.</param>
    public EvidenceReceipt Receipt(string batch, long first, int count, long? seen)
    {
        var head = Latest();
        var tree = new TileTree(head.Size, files.Read);
        return new EvidenceReceipt(
            batch,
            first,
            count,
            head.Note,
            RangeProof.Create(first, count, head.Size, tree.Root),
            seen is { } from && from >= 0 && from <= head.Size ? ConsistencyProof.Create(from, head.Size, tree.Root) : null);
    }

    /// <summary>The proof that entry <paramref name="index"/> is in the log of that size.</summary>
    public InclusionProof Inclusion(long index, long size)
    {
        var tree = TreeFor("size", size);
        return index >= 0 && index < size ? InclusionProof.Create(index, size, tree.Root) : throw OutOfRange("index", index, $"below the size {size}");
    }

    /// <summary>The proof that the log of one size grew into that of another.</summary>
    public ConsistencyProof Consistency(long from, long to)
    {
        var tree = TreeFor("to", to);
        return from >= 0 && from <= to ? ConsistencyProof.Create(from, to, tree.Root) : throw OutOfRange("from", from, $"up to {to}");
    }

    private TileTree TreeFor(string name, long size)
    {
        var present = Latest().Size;
        return size >= 0 && size <= present
            ? new TileTree(present, files.Read)
            : throw OutOfRange(name, size, string.Create(CultureInfo.InvariantCulture, $"up to the size of the log, {present}"));
    }

    private static RefusalException OutOfRange(string name, long value, string range) => new(
        RefusalCode.Malformed, string.Create(CultureInfo.InvariantCulture, $"{name} must be from 0 {range}, not {value}."))
    { Term = name };

    private IReadOnlyList<ReadOnlyMemory<byte>> Bundle(TilePath tile) =>
        EntryBundle.Read(files.Read(tile) ?? files.Read(tile.Full) ?? throw new InvalidDataException($"{tile} of the evidence log is missing."));
}
