using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Puts one data request to the policy gate. Every refusal is evidence, with the term that failed and what would satisfy it.</summary>
internal sealed class RequestDecision(PolicyGate gate, IPeerDirectory peers, UsageMeter meter, GateMetrics metrics, DenialTrail denials, TimeProvider clock)
{
    /// <summary>What policy will be asked, as far as it is known before a use is reserved.</summary>
    /// <exception cref="RefusalException">The request is not one that policy can be asked about.</exception>
    public ValueTask<GateRequest> PrepareAsync(HttpContext context, CanonicalTarget target, ProviderFlow flow, AgreementTerms agreement)
    {
        var request = context.Request;
        var purposes = request.Headers[DataHeaders.Purpose];
        if (purposes.Count > 1)
        {
            throw new RefusalException(RefusalCode.Malformed, $"{DataHeaders.Purpose} must be given once.") { Where = DataHeaders.Purpose };
        }

        var facts = new RequestFacts(request.Method, target.Path) { Address = RequestFacts.AddressOf(context.Connection.RemoteIpAddress), Application = DataHeaders.ApplicationOf(request) };
        return PrepareAsync(purposes.Count == 0 ? null : purposes.ToString(), facts, flow, agreement, context.RequestAborted);
    }

    /// <summary>The same for data that is pushed: nobody asks for it a second time, so it is asked about like a request.</summary>
    /// <exception cref="RefusalException">PolicyRefused: the flow has ended.</exception>
    public async ValueTask<GateRequest> PrepareAsync(string? purpose, RequestFacts facts, ProviderFlow flow, AgreementTerms agreement, CancellationToken cancellation)
    {
        var request = new GateRequest(flow, agreement, await SubjectAsync(flow.Consumer, cancellation), purpose, facts);
        if (flow.End is { } end)
        {
            var reason = new PolicyReason("flow_ended", "transfer", $"the transfer was {end.ToString().ToLowerInvariant()}: {flow.Reason}", "start another transfer, if the agreement still allows it");
            await RefuseAsync(request, PolicyStage.Request, PolicyDecision.Denied([reason], ""));
        }

        return request;
    }

    /// <summary>Decides with the reserved use, or knows that the last answer still holds. Returns only if the answer is an unconditional yes.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons.</exception>
    public ValueTask<Judgement> RequireAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        var rules = gate.Rules;
        var firstUsed = meter.FirstUsed(request.Agreement.Id);
        var kept = request.Flow.Decisions.Find(request, rules, PolicyStage.Request, clock.GetUtcNow().ToUnixTimeMilliseconds(), ticket.Used, ticket.Counters);
        Note(request, again: kept is not null);
        return kept is not null ? ValueTask.FromResult(new Judgement(kept, rules, request, firstUsed)) : RequireFreshAsync(request, ticket, rules, firstUsed, cancellation);
    }

    /// <summary>The same for a delivery that can wait: without an engine it is tried again.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons; Unavailable: no decision was taken.</exception>
    public async Task RequireWhenAbleAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation) =>
        await RequireAsync(request, await gate.DecideWhenAbleAsync(QuestionOf(request, PolicyStage.Request, ticket.Used, ticket.Counters, meter.FirstUsed(request.Agreement.Id) ?? ticket.Reserved), cancellation));

    /// <summary>Decides again while the answer flows.</summary>
    /// <param name="request">The request.</param>
    /// <param name="reserved">When the use began: the first one of its agreement, as long as none has ended.</param>
    /// <param name="used">Uses now.</param>
    /// <param name="counters">Further counters now.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    public async ValueTask<Judgement> DecideAgainAsync(GateRequest request, DateTimeOffset reserved, long used, IReadOnlyDictionary<string, long>? counters, CancellationToken cancellation)
    {
        var rules = gate.Rules;
        var firstUsed = meter.FirstUsed(request.Agreement.Id);
        if (request.Flow.Decisions.Find(request, rules, PolicyStage.Tick, clock.GetUtcNow().ToUnixTimeMilliseconds(), used, counters) is { } kept)
        {
            return new Judgement(kept, rules, request, firstUsed);
        }

        var decision = await gate.DecideForReuseAsync(QuestionOf(request, PolicyStage.Tick, used, counters, firstUsed ?? reserved), cancellation);
        if (decision.Allow)
        {
            Keep(request, rules, PolicyStage.Tick, decision, firstUsed);
        }

        return new Judgement(decision, rules, request, firstUsed);
    }

    /// <summary>Who asks; null: no participant in good standing any longer. Policy says so, and it becomes evidence like every other refusal.</summary>
    /// <exception cref="RefusalException">Unavailable: nobody can tell now.</exception>
    public async ValueTask<PeerRecord?> SubjectAsync(string consumer, CancellationToken cancellation)
    {
        try
        {
            return await peers.FindAsync(consumer, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code is RefusalCode.Forbidden or RefusalCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Keeps a denial as evidence.</summary>
    public Task WriteAsync(GateRequest request, PolicyStage stage, PolicyDecision decision) => denials.WriteAsync(request, stage, decision);

    private async ValueTask<Judgement> RequireFreshAsync(GateRequest request, UsageTicket ticket, DecidingRules rules, DateTimeOffset? firstUsed, CancellationToken cancellation)
    {
        var question = QuestionOf(request, PolicyStage.Request, ticket.Used, ticket.Counters, firstUsed ?? ticket.Reserved);
        var decision = await RequireAsync(request, await gate.DecideForReuseAsync(question, cancellation));
        Keep(request, rules, PolicyStage.Request, decision, firstUsed);
        return new Judgement(decision, rules, request, firstUsed);
    }

    // Before a first use has ended, each one counts from its own beginning: its answer is that of no other.
    private static void Keep(GateRequest request, DecidingRules rules, PolicyStage stage, PolicyDecision decision, DateTimeOffset? firstUsed)
    {
        if (firstUsed is not null)
        {
            request.Flow.Decisions.Keep(request, rules, stage, decision);
        }
    }

    private void Note(GateRequest request, bool again)
    {
        request.Flow.Activity.Decided(again);
        metrics.Decided(again);
    }

    private PolicyQuestion QuestionOf(GateRequest request, PolicyStage stage, long used, IReadOnlyDictionary<string, long>? counters, DateTimeOffset firstUsed) =>
        request.Question(stage, new UsageFacts(used, counters), firstUsed, gate);

    private async ValueTask<PolicyDecision> RequireAsync(GateRequest request, PolicyDecision decision)
    {
        if (!decision.Allow)
        {
            // Also when the answer is conditional: no duty can be run before release yet, and releasing without it would break the contract.
            await RefuseAsync(request, PolicyStage.Request, decision);
        }

        return decision;
    }

    private async Task RefuseAsync(GateRequest request, PolicyStage stage, PolicyDecision decision)
    {
        request.Flow.Activity.Refused();
        metrics.Refused("denied");
        await WriteAsync(request, stage, decision);
        throw decision.ToRefusal();
    }
}
