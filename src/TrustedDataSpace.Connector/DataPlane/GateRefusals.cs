using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What becomes of decisions at the gate: each is counted, and each refusal is evidence.</summary>
internal sealed class GateRefusals(GateMetrics metrics, DenialTrail denials)
{
    /// <summary>Counts a decision.</summary>
    /// <param name="request">What about.</param>
    /// <param name="again">Whether it was an earlier one that still holds.</param>
    public void Decided(GateRequest request, bool again)
    {
        request.Flow.Activity.Decided(again);
        metrics.Decided(again);
    }

    /// <summary>Returns only if the answer is an unconditional yes: a duty that nobody carries out is one that is not carried out.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons.</exception>
    public ValueTask RequireAsync(GateRequest request, PolicyDecision decision) => decision.Allow ? ValueTask.CompletedTask : new(RefuseAsync(request, decision));

    /// <summary>Refuses, always.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons.</exception>
    public async Task RefuseAsync(GateRequest request, PolicyDecision decision)
    {
        Count(request);
        await WriteAsync(request, PolicyStage.Request, decision);
        throw decision.ToRefusal();
    }

    /// <summary>Keeps a refusal that is no answer of the rules as evidence.</summary>
    public Task NoteAsync(GateRequest request, RefusalException refusal)
    {
        Count(request);
        return WriteAsync(
            request,
            PolicyStage.Request,
            PolicyDecision.Denied([.. refusal.Reasons.Select(reason => new PolicyReason(reason.Code, reason.Term, reason.Message, reason.Remedy))], ""));
    }

    /// <summary>Keeps a denial as evidence.</summary>
    public Task WriteAsync(GateRequest request, PolicyStage stage, PolicyDecision decision) => denials.WriteAsync(request, stage, decision);

    private void Count(GateRequest request)
    {
        request.Flow.Activity.Refused();
        metrics.Refused("denied");
    }
}
