using System.Globalization;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
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
/// Reads the log. What stands below a checkpoint never changes, so pages and proofs made one after another still describe one state.
/// </summary>
internal sealed class LogReader(Database database, AuthoritySettings settings)
{
    /// <summary>The checkpoint over the whole log.</summary>
    public CheckpointRow Latest() => database.Read(connection => connection.QueryFirst<CheckpointRow>(
        "SELECT size AS Size, root AS Root, note AS Note FROM log_checkpoints WHERE space_id = @Space ORDER BY size DESC LIMIT 1",
        new { Space = settings.Space.Id }));

    /// <summary>Up to <paramref name="count"/> entries from an index on, in order.</summary>
    public IReadOnlyList<EvidenceEntry> Entries(long from, long count) => database.Read(connection => connection.Query<string>(
            "SELECT entry FROM log_entries WHERE space_id = @Space AND idx >= @from AND idx < @To ORDER BY idx",
            new { Space = settings.Space.Id, from, To = from + count })
        .Select(text => ProtocolJson.Read<EvidenceEntry>(Encoding.UTF8.GetBytes(text)))
        .ToList());

    /// <summary>The proof that entry <paramref name="index"/> is in the log of that size.</summary>
    public InclusionProof Inclusion(long index, long size)
    {
        RequireSize("size", size);
        return index >= 0 && index < size
            ? database.Read(connection => InclusionProof.Create(index, size, RootOf(connection)))
            : throw OutOfRange("index", index, $"below the size {size}");
    }

    /// <summary>The proof that the log of one size grew into that of another.</summary>
    public ConsistencyProof Consistency(long from, long to)
    {
        RequireSize("to", to);
        return from >= 0 && from <= to
            ? database.Read(connection => ConsistencyProof.Create(from, to, RootOf(connection)))
            : throw OutOfRange("from", from, $"up to {to}");
    }

    private void RequireSize(string name, long size)
    {
        var present = Latest().Size;
        if (size < 0 || size > present)
        {
            throw OutOfRange(name, size, string.Create(CultureInfo.InvariantCulture, $"up to the size of the log, {present}"));
        }
    }

    private Func<long, long, byte[]> RootOf(SqliteConnection connection) => (from, to) => LogTree.Root(
        (level, index) => LogRows.Decode(
            connection.QuerySingleOrDefault<string>(level == 0 ? LogRows.LeafQuery : LogRows.NodeQuery, new { Space = settings.Space.Id, level, index }),
            level,
            index),
        from,
        to);

    private static RefusalException OutOfRange(string name, long value, string range) => new(
        RefusalCode.Malformed, string.Create(CultureInfo.InvariantCulture, $"{name} must be from 0 {range}, not {value}."))
    { Term = name };
}
