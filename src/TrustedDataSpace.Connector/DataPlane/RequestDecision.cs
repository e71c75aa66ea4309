using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Puts one data request to the policy gate. Every refusal is evidence, with the term that failed and what would satisfy it.</summary>
internal sealed class RequestDecision(PolicyGate gate, ConsumerStanding standing, UsageMeter meter, GateDecisions decisions, ReleaseEvidence evidence, TimeProvider clock)
{
    /// <summary>What policy will be asked, as far as it is known before a use is reserved.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">Its target.</param>
    /// <param name="connector">The connector that has proven that it sends it; null: its token is bound to none.</param>
    /// <param name="flow">Its flow.</param>
    /// <param name="agreement">The contract.</param>
    /// <exception cref="RefusalException">The request is not one that policy can be asked about.</exception>
    public ValueTask<GateRequest> PrepareAsync(HttpContext context, CanonicalTarget target, string? connector, ProviderFlow flow, AgreementTerms agreement)
    {
        var request = context.Request;
        var purposes = request.Headers[DataHeaders.Purpose];
        if (purposes.Count > 1)
        {
            throw new RefusalException(RefusalCode.Malformed, $"{DataHeaders.Purpose} must be given once.") { Where = DataHeaders.Purpose };
        }

        var facts = new RequestFacts(request.Method, target.Path) { Address = RequestFacts.AddressOf(context.Connection.RemoteIpAddress), Application = DataHeaders.ApplicationOf(request), Connector = connector };
        return PrepareAsync(purposes.Count == 0 ? null : purposes.ToString(), facts, flow, agreement, context.RequestAborted);
    }

    /// <summary>The same for data that is pushed: nobody asks for it a second time, so it is asked about like a request.</summary>
    /// <exception cref="RefusalException">PolicyRefused: the flow has ended.</exception>
    public async ValueTask<GateRequest> PrepareAsync(string? purpose, RequestFacts facts, ProviderFlow flow, AgreementTerms agreement, CancellationToken cancellation)
    {
        var request = new GateRequest(flow, agreement, await standing.SubjectAsync(flow.Consumer, cancellation), purpose, facts) { StandingAt = standing.At(agreement) };
        if (flow.End is { } end)
        {
            var reason = new PolicyReason("flow_ended", "transfer", $"the transfer was {end.ToString().ToLowerInvariant()}: {flow.Reason}", "start another transfer, if the agreement still allows it");
            await decisions.RefuseAsync(request, PolicyDecision.Denied([reason], ""));
        }

        return request;
    }

    /// <summary>Decides with the reserved use, or knows that the last answer still holds. Returns only if the answer is an unconditional yes.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons.</exception>
    public ValueTask<Judgement> RequireAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        if (Find(request, ticket) is { } kept)
        {
            return ValueTask.FromResult(Again(request, kept, ticket));
        }

        // 6: where it is known that the answer rests on duties, they come first.
        return request.Flow.Decisions.Owing is not ReleaseDuties.None and var owing && Find(request with { Done = owing }, ticket) is not null
            ? new(RequireAfterAsync(request, owing, ticket, cancellation))
            : RequireFreshAsync(request, ticket, cancellation);
    }

    /// <summary>The same for a delivery that can wait: without an engine it is tried again.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons; Unavailable: no decision was taken.</exception>
    public async Task<Judgement> RequireWhenAbleAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        var judged = await AskWhenAbleAsync(request, ticket, cancellation);
        if (ReleaseEvidence.OwedBy(judged.Decision, request) is not ReleaseDuties.None and var owed)
        {
            judged = await AskWhenAbleAsync(await CarryOutAsync(request, owed, ticket, cancellation), ticket, cancellation);
        }

        await decisions.RequireAsync(judged.Request, judged.Decision);
        return judged;
    }

    /// <summary>Decides again while the answer flows.</summary>
    /// <param name="request">The request.</param>
    /// <param name="reserved">When the use began: the first one of its agreement, as long as none has ended.</param>
    /// <param name="used">Uses now.</param>
    /// <param name="counters">Further counters now.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    public async ValueTask<Judgement> DecideAgainAsync(GateRequest request, DateTimeOffset reserved, long used, IReadOnlyDictionary<string, long>? counters, CancellationToken cancellation)
    {
        request = request with { StandingAt = standing.At(request.Agreement) };
        var rules = gate.Rules;
        var firstUsed = meter.FirstUsed(request.Agreement.Id);
        if (request.Flow.Decisions.Find(request, rules, PolicyStage.Tick, clock.GetUtcNow().ToUnixTimeMilliseconds(), used, counters) is { } kept)
        {
            decisions.TakenAgain(request, UsageInterval.At(reserved), kept);
            return new Judgement(kept.Decision, rules, request, firstUsed);
        }

        var decision = await AskAsync(request, PolicyStage.Tick, UsageInterval.At(reserved), QuestionOf(request, PolicyStage.Tick, used, counters, firstUsed ?? reserved), cancellation);
        if (decision.Answer.Allow)
        {
            Keep(request, rules, PolicyStage.Tick, decision, firstUsed);
        }

        return new Judgement(decision.Answer, rules, request, firstUsed);
    }

    /// <summary>How the consumer stands: one word for requests and for what runs.</summary>
    public ConsumerStanding Standing => standing;

    /// <summary>Keeps a denial as evidence.</summary>
    public Task WriteAsync(GateRequest request, PolicyStage stage, PolicyDecision decision) => decisions.WriteAsync(request, stage, decision);

    private KeptDecision? Find(GateRequest request, UsageTicket ticket) =>
        request.Flow.Decisions.Find(request, gate.Rules, PolicyStage.Request, clock.GetUtcNow().ToUnixTimeMilliseconds(), ticket.Used, ticket.Counters);

    private Judgement Again(GateRequest request, KeptDecision kept, UsageTicket ticket)
    {
        decisions.Decided(request, again: true);
        decisions.TakenAgain(request, ticket.Interval, kept);
        return new Judgement(kept.Decision, kept.Rules, request, meter.CountOf(ticket)?.FirstUsed);
    }

    private async Task<Judgement> RequireAfterAsync(GateRequest request, ReleaseDuties owing, UsageTicket ticket, CancellationToken cancellation)
    {
        request = await CarryOutAsync(request, owing, ticket, cancellation);
        return Find(request, ticket) is { } kept ? Again(request, kept, ticket) : await RequireFreshAsync(request, ticket, cancellation);
    }

    private async ValueTask<Judgement> RequireFreshAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        var (judged, note) = await DecideAsync(request, ticket, cancellation);
        if (ReleaseEvidence.OwedBy(judged.Decision, request) is not ReleaseDuties.None and var owed)
        {
            // 6: and then the world may have changed.
            (judged, note) = await DecideAsync(await CarryOutAsync(request, owed, ticket, cancellation), ticket, cancellation);
        }

        await decisions.RequireAsync(judged.Request, judged.Decision);
        Keep(judged.Request, judged.Rules, PolicyStage.Request, (judged.Decision, note), judged.FirstUsed);
        return judged;
    }

    private async ValueTask<(Judgement Judged, AllowNote? Note)> DecideAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        decisions.Decided(request, again: false);
        var rules = gate.Rules;
        var firstUsed = meter.CountOf(ticket)?.FirstUsed;
        var (answer, note) = await AskAsync(request, PolicyStage.Request, ticket.Interval, QuestionOf(request, PolicyStage.Request, ticket.Used, ticket.Counters, firstUsed ?? ticket.Reserved), cancellation);
        return (new Judgement(answer, rules, request, firstUsed), note);
    }

    private async Task<GateRequest> CarryOutAsync(GateRequest request, ReleaseDuties owed, UsageTicket ticket, CancellationToken cancellation)
    {
        try
        {
            await evidence.CarryOutAsync(request, owed, ticket, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable)
        {
            await decisions.NoteAsync(request, refusal);
            throw;
        }

        if (request.Flow.Stop.Token.IsCancellationRequested)
        {
            await decisions.RefuseAsync(request, PolicyDecision.Denied([new PolicyReason("flow_ended", "transfer", "the transfer has just ended", "start another transfer, if the agreement still allows it")], ""));
        }

        // What was known before the wait may be known better now, or no more.
        return request with { Done = request.Done | owed, Subject = await standing.SubjectAsync(request.Flow.Consumer, cancellation), StandingAt = standing.At(request.Agreement) };
    }

    private async Task<Judgement> AskWhenAbleAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        decisions.Decided(request, again: false);
        var rules = gate.Rules;
        var firstUsed = meter.CountOf(ticket)?.FirstUsed;
        var question = QuestionOf(request, PolicyStage.Request, ticket.Used, ticket.Counters, firstUsed ?? ticket.Reserved);
        var decision = await gate.DecideWhenAbleAsync(question, cancellation, decisions.Wants(request, ticket.Interval), forReuse: true);
        decisions.Taken(request, PolicyStage.Request, ticket.Interval, decision);
        return new Judgement(decision.Allow ? decision with { Question = null } : decision, rules, request, firstUsed);
    }

    // Of an answer that allows the question goes to where it is kept, and not with it through the life of an answer.
    private async ValueTask<(PolicyDecision Answer, AllowNote? Note)> AskAsync(GateRequest request, PolicyStage stage, long interval, PolicyQuestion question, CancellationToken cancellation)
    {
        var decision = await gate.DecideForReuseAsync(question, cancellation, decisions.Wants(request, interval));
        var note = decisions.Taken(request, stage, interval, decision);
        return (decision.Allow && decision.Question is not null ? decision with { Question = null } : decision, note);
    }

    // Before a first use has ended, each one counts from its own beginning: its answer is that of no other.
    private static void Keep(GateRequest request, DecidingRules rules, PolicyStage stage, (PolicyDecision Answer, AllowNote? Note) decision, DateTimeOffset? firstUsed)
    {
        if (firstUsed is not null)
        {
            request.Flow.Decisions.Keep(request, rules, stage, decision.Answer, decision.Note);
        }
    }

    private PolicyQuestion QuestionOf(GateRequest request, PolicyStage stage, long used, IReadOnlyDictionary<string, long>? counters, DateTimeOffset firstUsed) =>
        request.Question(stage, new UsageFacts(used, counters), firstUsed, gate);
}
