using System.Globalization;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Which gaps an auditor asks for; what is null does not narrow.</summary>
internal sealed record GapFilter(string? Kind, string? Agreement, string? Product, string? Participant, DateTimeOffset? Since, DateTimeOffset? Until)
{
    /// <summary>How long ago, at least, the log has first spoken of it, in minutes: what is younger may be closed by what is under way.</summary>
    public int? OlderThan { get; init; }
}

/// <summary>
/// Halves whose other half is not in the log. Rows are marked as the log is read, and an index holds the marked ones alone: a question costs as much
/// as there are gaps, not as there was work.
/// </summary>
internal sealed class AuditGaps(AuditIndex index, ConnectorRecords connectors, Database database, AuthoritySettings settings, TimeProvider clock)
{
    // A consumer has ten minutes to sign, and both may have been away for a while.
    private const int UsualMinutes = 15;
    private const int MostMinutes = 100 * 365 * 24 * 60;

    // So many marked rows are looked at for one page.
    private const int Looked = 2_000;

    /// <summary>A page, in the order in which the log has first spoken of them.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="from">Place of the page: twice that in the log, and one more for a gap of a whole flow.</param>
    /// <param name="most">Most gaps.</param>
    /// <param name="ask">Whether the connectors are asked what they have.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Page<AuditGap>> FindAsync(GapFilter filter, long from, int most, bool ask, CancellationToken cancellation)
    {
        if (filter.Kind is { } kind && !AuditGapKinds.All.Contains(kind))
        {
            throw new RefusalException(RefusalCode.Malformed, $"There are no gaps of the kind '{kind}'.") { Term = "kind", Remedy = "one of " + string.Join(", ", AuditGapKinds.All) };
        }

        if (filter.OlderThan is < 0 or > MostMinutes)
        {
            throw new RefusalException(RefusalCode.Malformed, "olderThan is a number of minutes from 0 on.") { Term = "olderThan" };
        }

        await index.CatchUpAsync(cancellation);
        var rows = database.Read(connection => connection.Query<GapRow>(
            $"""
            SELECT * FROM (
                SELECT r.*, g.provider AS Provider, g.consumer AS Consumer, coalesce(g.product, '') AS Product, o.version AS Version FROM (
                    SELECT space_id, 2 * first_idx AS Place, first_at AS At, agreement, flow AS Flow, interval_no AS Interval, gap AS Gap,
                           provider_hash AS ProviderHash, consumer_hash AS ConsumerHash, provider_said AS ProviderSaid, consumer_said AS ConsumerSaid
                    FROM audit_intervals WHERE space_id = @Space AND gap IS NOT NULL AND first_idx >= @First AND 2 * first_idx >= @from
                    UNION ALL
                    SELECT space_id, 2 * first_idx + 1, first_at, agreement, flow, NULL, gap, NULL, NULL, NULL, NULL
                    FROM audit_flows WHERE space_id = @Space AND gap IS NOT NULL AND first_idx >= @First AND 2 * first_idx + 1 >= @from
                    ORDER BY Place LIMIT @Looked) r
                {AuditedVersion.Join("r")}
                ORDER BY r.Place)
            """,
            new { Space = settings.Space.Id, from, First = from / 2, Looked = Looked + 1 }).AsList());
        var latest = clock.GetUtcNow().AddMinutes(-(filter.OlderThan ?? UsualMinutes)).ToUnixTimeMilliseconds();
        var fitting = rows.Take(Looked).Where(row => row.At <= latest && Fits(row, filter)).Take(most + 1).ToList();
        var next = fitting.Count > most ? fitting[most].Place : rows.Count > Looked ? rows[Looked].Place : (long?)null;
        var shown = fitting.Take(most).ToList();
        var answers = await connectors.AskAsync([.. shown.Select(Question)], ask, cancellation);
        return new Page<AuditGap>([.. shown.Zip(answers, View)], next?.ToString(CultureInfo.InvariantCulture));
    }

    private static bool Fits(GapRow row, GapFilter filter) =>
        (filter.Kind is null || row.Gap == filter.Kind)
        && (filter.Agreement is null || row.Agreement == filter.Agreement)
        && (filter.Product is null || row.Product == filter.Product)
        && (filter.Participant is null || row.Provider == filter.Participant || row.Consumer == filter.Participant)
        && (filter.Since is not { } since || row.At >= since.ToUnixTimeMilliseconds())
        && (filter.Until is not { } until || row.At < until.ToUnixTimeMilliseconds());

    private static RecordQuestion Question(GapRow row) => new()
    {
        Provider = row.Provider,
        Consumer = row.Consumer,
        Flow = row.Flow,
        Interval = row.Interval,
        ProviderHash = row.ProviderHash,
        ConsumerHash = row.ConsumerHash,
    };

    private static AuditGap View(GapRow row, IReadOnlyList<AskedConnector> connectors) => new()
    {
        Kind = row.Gap,
        Index = row.Place / 2,
        Time = DateTimeOffset.FromUnixTimeMilliseconds(row.At),
        Agreement = row.Agreement,
        Product = row.Product.Length == 0 ? null : row.Product,
        Version = row.Version,
        Provider = row.Provider,
        Consumer = row.Consumer,
        Flow = row.Flow,
        Interval = row.Interval is { } interval && interval >= 0 && interval < UsageInterval.End ? UsageInterval.Start(interval) : null,
        Missing = Missing(row),
        Connectors = connectors,
    };

    private static string Missing(GapRow row) => row.Gap switch
    {
        AuditGapKinds.TransferWithoutReceipt => "no use of it was matched by the authority: none was made, or none was recorded",
        AuditGapKinds.ReceiptWithoutTransfer => "no transfer of the agreement's provider has started this flow",
        AuditGapKinds.EvidenceWithoutMeter => $"the authority has no receipt; {(row.ProviderHash is null ? "nor has the provider recorded it" : row.ConsumerHash is null ? "nor has the consumer recorded it" : "both have recorded it")}",
        _ => string.Join("; ", new[]
        {
            Side("provider", row.ProviderSaid, row.ProviderHash),
            Side("consumer", row.ConsumerSaid, row.ConsumerHash),
        }.OfType<string>()),
    };

    private static string? Side(string side, string? said, string? logged) =>
        said is null || said == logged ? null : logged is null ? $"the {side}'s evidence has no record, its receipt says {said}" : $"the {side}'s evidence has {logged}, its receipt says {said}";

    private sealed record GapRow
    {
        public long Place { get; init; }

        public long At { get; init; }

        public string Agreement { get; init; } = "";

        public string Flow { get; init; } = "";

        public long? Interval { get; init; }

        public string Gap { get; init; } = "";

        public string? ProviderHash { get; init; }

        public string? ConsumerHash { get; init; }

        public string? ProviderSaid { get; init; }

        public string? ConsumerSaid { get; init; }

        public string? Provider { get; init; }

        public string? Consumer { get; init; }

        public string Product { get; init; } = "";

        public long? Version { get; init; }
    }
}
