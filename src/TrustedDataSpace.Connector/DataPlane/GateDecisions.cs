using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What becomes of decisions at the gate: each is counted, each refusal is evidence, and what was allowed is noted.</summary>
internal sealed class GateDecisions(GateMetrics metrics, DenialTrail denials, AllowTrail allows)
{
    /// <summary>Counts a decision.</summary>
    /// <param name="request">What about.</param>
    /// <param name="again">Whether it was an earlier one that still holds.</param>
    public void Decided(GateRequest request, bool again)
    {
        request.Flow.Activity.Decided(again);
        metrics.Decided(again);
    }

    /// <summary>Whether the question of the next decision would be kept if it allows.</summary>
    public bool Wants(GateRequest request, long interval) => allows.Wants(request.Flow.Id, interval);

    /// <summary>A decision was taken.</summary>
    /// <returns>What is known of it, for when it is used again; null: it does not allow.</returns>
    public AllowNote? Taken(GateRequest request, PolicyStage stage, long interval, PolicyDecision decision) => allows.Taken(request.Flow.Id, interval, stage, request.Purpose, decision);

    /// <summary>An earlier one is used again. It is noted once for each interval, not for each request.</summary>
    public void TakenAgain(GateRequest request, long interval, KeptDecision kept)
    {
        if (kept.Note is { } note && note.LastInterval != interval)
        {
            allows.UsedAgain(note, request.Flow.Id, interval);
        }
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
