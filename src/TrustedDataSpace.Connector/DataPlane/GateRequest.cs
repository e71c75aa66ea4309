using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>One request at the gate, as policy may know it.</summary>
/// <param name="Flow">Its flow.</param>
/// <param name="Agreement">The contract.</param>
/// <param name="Subject">Who asks; null: no participant in good standing any longer.</param>
/// <param name="Purpose">Declared purpose; null where none is declared.</param>
/// <param name="Request">What is asked for, and from where.</param>
internal sealed record GateRequest(ProviderFlow Flow, AgreementTerms Agreement, PeerRecord? Subject, string? Purpose, RequestFacts Request)
{
    /// <summary>What was carried out for it of what has to come before its release.</summary>
    public ReleaseDuties Done { get; init; }

    /// <summary>When the authority last said how the consumer stands; null where no term asks, or nobody knows.</summary>
    public DateTimeOffset? StandingAt { get; init; }

    /// <summary>The question to the policies.</summary>
    /// <param name="stage">Request, or tick while the answer flows.</param>
    /// <param name="usage">Counters with this use.</param>
    /// <param name="firstUsed">When the agreement was first used; for the first use, now.</param>
    /// <param name="gate">Will be asked.</param>
    public PolicyQuestion Question(PolicyStage stage, UsageFacts usage, DateTimeOffset firstUsed, PolicyGate gate) =>
        Flow.Standing.Of(this, firstUsed, gate) with { Stage = stage, Purpose = Purpose, Usage = usage, Request = Request, DutiesDone = ReleaseEvidence.Names(Done) };

    /// <summary>What it has in common with other questions about the flow.</summary>
    public PolicyQuestion Standing(DateTimeOffset firstUsed) => Standing(firstUsed, Subject is { } record ? record.ToPeer() : new Peer(Flow.Consumer, "none", null, []));

    private PolicyQuestion Standing(DateTimeOffset firstUsed, Peer subject) => new()
    {
        Stage = PolicyStage.Request,
        Subject = subject,
        Claims = Request.Connector is { } connector ? (subject.Claims ?? new SubjectClaims()) with { Connector = connector } : null,
        Terms = Agreement.Terms,
        Product = new ProductFacts(Agreement.DatasetId, Agreement.Classification),
        StandingAt = StandingAt,
        AgreedAt = Agreement.ConcludedAt,
        FirstUsedAt = firstUsed,
        Filed = Agreement.Filed,
        AgreementState = Agreement.State,
    };
}
