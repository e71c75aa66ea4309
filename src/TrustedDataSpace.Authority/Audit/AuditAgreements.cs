using System.Globalization;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Which agreements an auditor asks for; what is null does not narrow.</summary>
internal sealed record AgreementFilter(string? State, string? Agreement, string? Product, string? Participant, DateTimeOffset? Since, DateTimeOffset? Until)
{
    /// <summary>The time that is asked about; null: now.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Only those that are over, with data that the consumer has not reported as destroyed.</summary>
    public bool Undestroyed { get; init; }
}

/// <summary>What is in force, expired, ended, and not yet destroyed, at any time: by the log, and by the documents under the hashes that it has.</summary>
internal sealed class AuditAgreements(AuditIndex index, ConnectorRecords connectors, Database database, AuthoritySettings settings, TimeProvider clock)
{
    // So many agreements are looked at for one page.
    private const int Looked = 2_000;

    /// <summary>A page, in the order in which the log has first spoken of them.</summary>
    public async Task<Page<AuditedAgreement>> FindAsync(AgreementFilter filter, long from, int most, bool ask, CancellationToken cancellation)
    {
        if (filter.State is { } state && !AuditStates.All.Contains(state))
        {
            throw new RefusalException(RefusalCode.Malformed, $"No agreement stands at '{state}'.") { Term = "state", Remedy = "one of " + string.Join(", ", AuditStates.All) };
        }

        await index.CatchUpAsync(cancellation);
        var at = (filter.At ?? clock.GetUtcNow()).ToUnixTimeMilliseconds();
        var rows = database.Read(connection => connection.Query<AgreementRow>(
            $"""
            SELECT g.agreement AS Agreement, g.first_idx AS Place, g.first_at AS FirstAt, g.provider AS Provider, g.consumer AS Consumer, g.product AS Product, o.version AS Version, g.filed_at AS FiledAt,
                   g.ends AS Ends, g.terms AS Terms, g.duty AS Duty, g.ended_at AS EndedAt, g.ended_by AS EndedBy, g.used_idx AS UsedIdx, g.destroyed_at AS DestroyedAt
            FROM (SELECT * FROM audit_agreements WHERE space_id = @Space AND first_idx >= @from {Narrow(filter)} ORDER BY first_idx LIMIT @Looked) g
            {AuditedVersion.JoinOffers}
            ORDER BY g.first_idx
            """,
            new { Space = settings.Space.Id, from, filter.Agreement, filter.Product, Looked = Looked + 1 }).AsList());
        var fitting = rows.Take(Looked).Select(row => (Row: row, State: StateOf(row, at))).Where(found => Fits(found.Row, found.State, filter, at)).Take(most + 1).ToList();
        var next = fitting.Count > most ? fitting[most].Row.Place : rows.Count > Looked ? rows[Looked].Place : (long?)null;
        var shown = fitting.Take(most).ToList();
        var answers = await connectors.AskAsync(
            [.. shown.Select(found => new RecordQuestion { Provider = found.Row.Provider, Consumer = found.Row.Consumer, Agreement = found.Row.Agreement, EndedBy = found.Row.EndedBy })], ask, cancellation);
        return new Page<AuditedAgreement>([.. shown.Zip(answers, (found, said) => View(found.Row, found.State, at, said))], next?.ToString(CultureInfo.InvariantCulture));
    }

    // Fixed text, that an index serves.
    private static string Narrow(AgreementFilter filter) =>
        (filter.Agreement is null ? "" : "AND agreement = @Agreement ")
        + (filter.Product is null ? "" : "AND product = @Product ")
        + (filter.Undestroyed && filter.At is null ? "AND destroyed_idx IS NULL AND used_idx IS NOT NULL" : "");

    private static bool Fits(AgreementRow row, string state, AgreementFilter filter, long at) =>
        row.FirstAt <= at
        && (filter.State is null || state == filter.State)
        && (!filter.Undestroyed || Destruction(row, state, at) is AuditDestruction.NotReported or AuditDestruction.Overdue)
        && (filter.Participant is null || row.Provider == filter.Participant || row.Consumer == filter.Participant)
        && (filter.Since is not { } since || row.FirstAt >= since.ToUnixTimeMilliseconds())
        && (filter.Until is not { } until || row.FirstAt < until.ToUnixTimeMilliseconds());

    private static string StateOf(AgreementRow row, long at) =>
        row.EndedAt <= at ? AuditStates.Ended
        : row.FiledAt is not { } filed || filed > at ? AuditStates.NotFiled
        : row.Ends <= at ? AuditStates.Expired
        : AuditStates.InForce;

    private static string Destruction(AgreementRow row, string state, long at) =>
        row.DestroyedAt <= at ? AuditDestruction.Reported
        : row.UsedIdx is null || state is AuditStates.InForce or AuditStates.NotFiled ? AuditDestruction.NotDue
        : row.Duty == 1 ? AuditDestruction.Overdue
        : AuditDestruction.NotReported;

    private static AuditedAgreement View(AgreementRow row, string state, long at, IReadOnlyList<AskedConnector> connectors) => new()
    {
        Agreement = row.Agreement,
        Index = row.Place,
        State = state,
        Provider = row.Provider,
        Consumer = row.Consumer,
        Product = row.Product,
        Version = row.Version,
        FiledAt = Time(row.FiledAt),
        Ends = Time(row.Ends),
        Terms = row.Terms,
        EndedAt = Time(row.EndedAt),
        EndedBy = row.EndedBy,
        Destruction = Destruction(row, state, at),
        DestroyedAt = Time(row.DestroyedAt),
        Connectors = connectors,
    };

    private static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } some ? DateTimeOffset.FromUnixTimeMilliseconds(some) : null;

    private sealed record AgreementRow
    {
        public string Agreement { get; init; } = "";

        public long Place { get; init; }

        public long FirstAt { get; init; }

        public string Provider { get; init; } = "";

        public string Consumer { get; init; } = "";

        public string? Product { get; init; }

        public long? Version { get; init; }

        public long? FiledAt { get; init; }

        public long? Ends { get; init; }

        public string Terms { get; init; } = "";

        public long Duty { get; init; }

        public long? EndedAt { get; init; }

        public string? EndedBy { get; init; }

        public long? UsedIdx { get; init; }

        public long? DestroyedAt { get; init; }
    }
}
