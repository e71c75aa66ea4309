using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What the questions of one flow have in common, prepared for as long as contract, participant, its connector, the word on its standing and first use stay what they are. Safe for concurrent use.</summary>
internal sealed class StandingQuestion
{
    private volatile Kept? last;

    /// <summary>The question, without what is the request's own.</summary>
    /// <param name="request">A request of the flow.</param>
    /// <param name="firstUsed">When the agreement was first used.</param>
    /// <param name="gate">Prepares it.</param>
    public PolicyQuestion Of(GateRequest request, DateTimeOffset firstUsed, PolicyGate gate)
    {
        // Both records are replaced by others when something of them changes.
        if (last is { } kept && ReferenceEquals(kept.Agreement, request.Agreement) && ReferenceEquals(kept.Subject, request.Subject) && kept.FirstUsed == firstUsed && kept.StandingAt == request.StandingAt && kept.Connector == request.Request.Connector)
        {
            return kept.Question;
        }

        var question = gate.Prepare(request.Standing(firstUsed));
        last = new Kept(request.Agreement, request.Subject, firstUsed, request.StandingAt, request.Request.Connector, question);
        return question;
    }

    private sealed record Kept(AgreementTerms Agreement, PeerRecord? Subject, DateTimeOffset FirstUsed, DateTimeOffset? StandingAt, string? Connector, PolicyQuestion Question);
}
