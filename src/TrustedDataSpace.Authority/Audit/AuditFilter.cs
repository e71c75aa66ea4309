using Dapper;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Which entries an auditor asks for; what is null does not narrow.</summary>
/// <param name="Kind">A kind, or the beginning of kinds, such as <c>decision</c>.</param>
/// <param name="Source">DID of who says so.</param>
/// <param name="Agreement">Agreement.</param>
/// <param name="Process">Negotiation, transfer or flow.</param>
/// <param name="Since">Not before, by the source's clock.</param>
/// <param name="Until">Before that.</param>
internal sealed record AuditFilter(string? Kind, string? Source, string? Agreement, string? Process, DateTimeOffset? Since, DateTimeOffset? Until)
{
    /// <summary>As SQL over the columns of the index: fixed text, in which values are parameters.</summary>
    public string Condition => string.Join(" AND ", new[]
    {
        "1 = 1",
        Source is null ? null : "source = @Source",
        Agreement is null ? null : "agreement = @Agreement",
        Process is null ? null : "process = @Process",
        Since is null ? null : "time >= @Since",
        Until is null ? null : "time < @Until",
    }.Where(part => part is not null));

    /// <summary>The values.</summary>
    public DynamicParameters Parameters(string space) => new(new
    {
        Space = space,
        Source,
        Agreement,
        Process,
        Since = Since?.ToUnixTimeMilliseconds(),
        Until = Until?.ToUnixTimeMilliseconds(),
    });
}
