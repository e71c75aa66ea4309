using System.Globalization;
using Dapper;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Answers an auditor's questions from the log's own entries, by an index that is brought up to the published log before each answer.</summary>
internal sealed class AuditIndex(LogReader reader, Database database, AuthoritySettings settings) : IDisposable
{
    private const int Chunk = 1000;

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
        if (filter.Kind is not null && asked.Count == 0)
        {
            return new Page<AuditedEntry>([], null);
        }

        // Each kind by itself, in the order of the log: the index leads to what is shown, and no further.
        var parts = asked.Select((kind, number) =>
        {
            parameters.Add("kind" + number, kind);
            return $"SELECT * FROM (SELECT idx FROM audit_entries WHERE space_id = @Space AND kind = @kind{number} AND idx >= @from AND {filter.Condition} ORDER BY idx LIMIT @Most)";
        });
        return Read(asked.Count == 0 ? $"SELECT idx FROM audit_entries WHERE space_id = @Space AND idx >= @from AND {filter.Condition}" : string.Join(" UNION ", parts), parameters, from, most);
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
        return new Page<AuditedEntry>(
            [.. shown.Zip(reader.EntriesAt(shown), (index, entry) => new AuditedEntry(index, entry))],
            found.Count > most ? found[most].ToString(CultureInfo.InvariantCulture) : null);
    }

    // Another question may have brought it here meanwhile.
    private static void Add(UnitOfWork unit, long first, IReadOnlyList<EvidenceEntry> entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            unit.Execute(
                "INSERT INTO audit_entries (space_id, idx, time, source, kind, agreement, process) VALUES (@Space, @Index, @Time, @Source, @Kind, @Agreement, @Process) ON CONFLICT DO NOTHING",
                new { unit.Space, Index = first + i, Time = entry.Time.ToUnixTimeMilliseconds(), entry.Source, entry.Kind, entry.Agreement, entry.Process });
        }
    }
}
