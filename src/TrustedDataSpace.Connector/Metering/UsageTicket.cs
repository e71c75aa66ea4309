using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>What a request says about itself before it is counted.</summary>
/// <param name="Purpose">Declared purpose.</param>
/// <param name="IdempotencyKey">The caller's key, or null: then it cannot be a retry.</param>
/// <param name="Digest">Digest of what is asked for (<see cref="RetryRule.RequestDigest"/>).</param>
/// <param name="Request">The consumer's own id of the request; null when it gave none.</param>
internal sealed record UsageClaim(string Purpose, string? IdempotencyKey, string Digest, string? Request = null);

/// <summary>One request's place in the count: the leaf it will become. Both connectors use the provider's numbers.</summary>
/// <param name="Role"><see cref="DataPlane.FlowRow.Provider"/> or <see cref="DataPlane.FlowRow.Consumer"/>.</param>
/// <param name="Flow">The flow.</param>
/// <param name="Interval">Minutes (intervals) since 1970.</param>
/// <param name="Sequence">From 1 within the interval.</param>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Claim">What the request said.</param>
/// <param name="Used">Uses of the agreement including this one (provider only).</param>
internal sealed record UsageTicket(string Role, string Flow, long Interval, long Sequence, string AgreementId, UsageClaim Claim, long Used)
{
    /// <summary>Further counters by name, with this use; null where the contract limits none (provider only).</summary>
    public IReadOnlyDictionary<string, long>? Counters { get; init; }

    /// <summary>What it took from a prepaid balance when it was reserved, billionths of the currency (provider only).</summary>
    public long Paid { get; init; }

    /// <summary>Where it counts: of one that was reserved by this process (provider only).</summary>
    public AgreementCount? Count { get; init; }

    /// <summary>When it was reserved (provider only).</summary>
    public DateTimeOffset Reserved { get; init; }

    /// <summary>The use, as the two connectors speak of it.</summary>
    public UsageInquiry Use => new() { Role = Role, Flow = Flow, Interval = Interval, Sequence = Sequence, Request = Claim.Request };
}

/// <summary>Who brought it about that an answer was cut, as far as this side knows: who did takes the other one's word about what was between the two then.</summary>
internal enum CutCause
{
    /// <summary>The other side, or what lies between the two.</summary>
    Elsewhere,

    /// <summary>This side.</summary>
    Here,

    /// <summary>Of a provider: the consumer has used up what the contract lets flow, or not paid for more.</summary>
    UsedUp,
}

/// <summary>What a request delivered.</summary>
/// <param name="Outcome">One of <see cref="UsageOutcomes"/>.</param>
/// <param name="Rows">Rows delivered.</param>
/// <param name="Bytes">Body bytes delivered.</param>
/// <param name="Digest">SHA-256 of the body, where the request had an idempotency key.</param>
/// <param name="Observed">False: it was cut, and what was delivered until then is not known.</param>
/// <param name="Tokens">AI tokens; null where the contract counts none, or they are not known.</param>
/// <param name="Cause">Of one that was cut: who brought that about.</param>
internal readonly record struct Delivered(string Outcome, long Rows, long Bytes, string? Digest = null, bool Observed = true, TokenCounts? Tokens = null, CutCause Cause = CutCause.Elsewhere)
{
    /// <summary>Cut, with nothing known.</summary>
    public static Delivered Unknown { get; } = new(UsageOutcomes.Cut, 0, 0, null, false);
}
