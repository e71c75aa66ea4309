using System.Globalization;
using Dapper;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Answers an auditor's questions from the log's own entries, by an index that is brought up to the published log before each answer.</summary>
internal sealed class AuditIndex(LogReader reader, Database database, AuditRows rows, AuthoritySettings settings) : IDisposable
{
    // Each is a few rows: the writer is not held for longer than a moment.
    private const int Chunk = 250;
    private const int Looked = 100_000;

    private static readonly string AboutEntry = $"SELECT e.product AS Product, o.version AS Version FROM audit_entries e {AuditedVersion.Join("e")} WHERE e.space_id = @Space AND e.idx = @index";

    private readonly SemaphoreSlim catchingUp = new(1);

    // Few, and asked about by their beginnings: read once, and kept as the log grows.
    private volatile HashSet<string>? kinds;

    public void Dispose() => catchingUp.Dispose();

    /// <summary>Entries that fit the filter, in the order of the log.</summary>
    public async Task<Page<AuditedEntry>> FindAsync(AuditFilter filter, long from, int most, CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        var parameters = filter.Parameters(settings.Space.Id);
        var asked = filter.Kind is null ? [] : Kinds().Where(kind => kind.StartsWith(filter.Kind, StringComparison.Ordinal)).ToList();
        if (from >= reader.Latest().Size || (filter.Kind is not null && asked.Count == 0))
        {
            return new Page<AuditedEntry>([], null);
        }

        // Where no index leads to what is asked for, so much of the log is looked through for a page, and the next one goes on behind it.
        var (size, end) = (reader.Latest().Size, filter.IsLedByIndex ? long.MaxValue : from + Looked);
        parameters.Add("end", end);

        // Each kind by itself, in the order of the log: the index leads to what is shown, and no further.
        var parts = asked.Select((kind, number) =>
        {
            parameters.Add("kind" + number, kind);
            return $"SELECT * FROM (SELECT idx FROM audit_entries WHERE space_id = @Space AND kind = @kind{number} AND idx >= @from AND idx < @end AND {filter.Condition} ORDER BY idx LIMIT @Most)";
        });
        var page = Read(
            asked.Count == 0 ? $"SELECT idx FROM audit_entries WHERE space_id = @Space AND idx >= @from AND idx < @end AND {filter.Condition}" : string.Join(" UNION ", parts), parameters, from, most);
        return page.Next is null && end < size ? page with { Next = end.ToString(CultureInfo.InvariantCulture) } : page;
    }

    /// <summary>The course of one agreement, negotiation or transfer: its entries, and those of what belongs to the same agreement.</summary>
    public async Task<Page<AuditedEntry>> CourseAsync(string id, long from, int most, CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        const string Agreements = "SELECT @id UNION SELECT agreement FROM audit_entries WHERE space_id = @Space AND process = @id AND agreement IS NOT NULL";
        const string Entries = "SELECT idx FROM audit_entries WHERE space_id = @Space AND idx >= @from AND";
        return Read(
            $"""
            {Entries} process = @id
            UNION {Entries} agreement IN ({Agreements})
            UNION {Entries} process IN (SELECT process FROM audit_entries WHERE space_id = @Space AND agreement IN ({Agreements}) AND process IS NOT NULL)
            """,
            new DynamicParameters(new { Space = settings.Space.Id, id }),
            from,
            most);
    }

    /// <summary>Brings the index to the published log. One question does it, the others wait for that.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation)
    {
        await catchingUp.WaitAsync(cancellation);
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var next = database.Read(connection => connection.QuerySingle<long?>("SELECT max(idx) FROM audit_entries WHERE space_id = @Space", new { Space = settings.Space.Id })) + 1 ?? 0;
                var entries = next < reader.Latest().Size ? reader.Entries(next, Chunk) : [];
                if (entries.Count == 0)
                {
                    return;
                }

                await database.WriteAsync(unit => Add(unit, next, entries));
                if (kinds is { } known && entries.Any(entry => !known.Contains(entry.Kind)))
                {
                    kinds = [.. known, .. entries.Select(entry => entry.Kind)];
                }
            }
        }
        finally
        {
            catchingUp.Release();
        }
    }

    private HashSet<string> Kinds() => kinds ??= database.Read(connection => connection.Query<string>(
        "SELECT DISTINCT kind FROM audit_entries WHERE space_id = @Space", new { Space = settings.Space.Id }).ToHashSet(StringComparer.Ordinal));

    private Page<AuditedEntry> Read(string places, DynamicParameters parameters, long from, int most)
    {
        parameters.AddDynamicParams(new { from, Most = most + 1 });
        var found = database.Read(connection => connection.Query<long>($"SELECT idx FROM ({places}) ORDER BY idx LIMIT @Most", parameters).AsList());
        var shown = found.Take(most).ToList();
        var about = database.Read(connection => shown.ConvertAll(index => connection.QuerySingle<About>(AboutEntry, new { Space = settings.Space.Id, index })));
        return new Page<AuditedEntry>(
            [.. shown.Zip(reader.EntriesAt(shown), (index, entry) => new AuditedEntry(index, entry)).Zip(about, (item, known) => item with { Product = known.Product, Version = known.Version })],
            found.Count > most ? found[most].ToString(CultureInfo.InvariantCulture) : null);
    }

    // Another question may have brought it here meanwhile: what is there is not noted twice.
    private void Add(UnitOfWork unit, long first, IReadOnlyList<EvidenceEntry> entries)
    {
        var known = unit.Find<long?>("SELECT max(idx) FROM audit_entries WHERE space_id = @Space", new { unit.Space }) ?? -1;
        for (var i = 0; i < entries.Count; i++)
        {
            if (first + i > known)
            {
                rows.Note(unit, first + i, entries[i]);
            }
        }
    }

    private sealed record About
    {
        public string? Product { get; init; }

        public long? Version { get; init; }
    }
}
