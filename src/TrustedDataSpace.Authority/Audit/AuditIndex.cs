using System.Globalization;
using Dapper;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Answers an auditor's questions from the log's own entries, by an index that is brought up to the published log before each answer.</summary>
internal sealed class AuditIndex(LogReader reader, Database database, AuthoritySettings settings)
{
    private const int Chunk = 1000;

    /// <summary>Entries that fit the filter, in the order of the log.</summary>
    public async Task<Page<AuditedEntry>> FindAsync(AuditFilter filter, long from, int most)
    {
        await CatchUpAsync();
        return Read(filter.Condition, filter.Parameters(settings.Space.Id), from, most);
    }

    /// <summary>The course of one agreement, negotiation or transfer: its entries, and those of what belongs to the same agreement.</summary>
    public async Task<Page<AuditedEntry>> CourseAsync(string id, long from, int most)
    {
        await CatchUpAsync();
        const string Agreements = "SELECT @id UNION SELECT agreement FROM audit_entries WHERE space_id = @Space AND process = @id AND agreement IS NOT NULL";
        return Read(
            $"(process = @id OR agreement IN ({Agreements}) OR process IN (SELECT process FROM audit_entries WHERE space_id = @Space AND agreement IN ({Agreements}) AND process IS NOT NULL))",
            new DynamicParameters(new { Space = settings.Space.Id, id }),
            from,
            most);
    }

    private Page<AuditedEntry> Read(string condition, DynamicParameters parameters, long from, int most)
    {
        parameters.AddDynamicParams(new { from, Most = most + 1 });
        var found = database.Read(connection => connection.Query<long>(
            $"SELECT idx FROM audit_entries WHERE space_id = @Space AND idx >= @from AND {condition} ORDER BY idx LIMIT @Most", parameters).AsList());
        return new Page<AuditedEntry>(
            [.. found.Take(most).Select(index => new AuditedEntry(index, reader.Entries(index, 1)[0]))],
            found.Count > most ? found[most].ToString(CultureInfo.InvariantCulture) : null);
    }

    private async Task CatchUpAsync()
    {
        while (true)
        {
            var next = database.Read(connection => connection.QuerySingle<long?>("SELECT max(idx) FROM audit_entries WHERE space_id = @Space", new { Space = settings.Space.Id })) + 1 ?? 0;
            var entries = next < reader.Latest().Size ? reader.Entries(next, Chunk) : [];
            if (entries.Count == 0)
            {
                return;
            }

            await database.WriteAsync(unit => Add(unit, next, entries));
        }
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
