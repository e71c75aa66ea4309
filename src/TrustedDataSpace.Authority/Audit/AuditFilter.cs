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
    /// <summary>Product.</summary>
    public string? Product { get; init; }

    /// <summary>Version of the product.</summary>
    public long? Version { get; init; }

    /// <summary>DID of who says so, or of a party of the agreement that it is about.</summary>
    public string? Participant { get; init; }

    /// <summary>Whether an index leads to what is asked for; else it must be looked for.</summary>
    public bool IsLedByIndex => Agreement is not null || Process is not null || (Source is null && Participant is null && Product is null && Since is null && Until is null)
        || (Product is not null && Kind is not null && Source is null && Participant is null && Version is null && Since is null && Until is null);

    /// <summary>As SQL over the columns of the index: fixed text, in which values are parameters.</summary>
    public string Condition => string.Join(" AND ", new[]
    {
        "1 = 1",
        Source is null ? null : "source = @Source",
        Agreement is null ? null : "agreement = @Agreement",
        Process is null ? null : "process = @Process",
        Since is null ? null : "time >= @Since",
        Until is null ? null : "time < @Until",
        Product is null ? null : "product = @Product",
        Version is null ? null : $"agreement IN (SELECT g.agreement FROM audit_agreements g {AuditedVersion.JoinOffers} WHERE g.space_id = @Space AND g.product = @Product AND o.version = @Version)",
        Participant is null ? null : "(source = @Participant OR agreement IN (SELECT agreement FROM audit_agreements WHERE space_id = @Space AND @Participant IN (provider, consumer)))",
    }.Where(part => part is not null));

    /// <summary>The values.</summary>
    public DynamicParameters Parameters(string space) => new(new
    {
        Space = space,
        Source,
        Agreement,
        Process,
        Product,
        Version,
        Participant,
        Since = Since?.ToUnixTimeMilliseconds(),
        Until = Until?.ToUnixTimeMilliseconds(),
    });
}
