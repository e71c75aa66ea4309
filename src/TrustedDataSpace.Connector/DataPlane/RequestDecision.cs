using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Puts one data request to the policy gate. Every refusal is evidence, with the term that failed and what would satisfy it.</summary>
internal sealed class RequestDecision(PolicyGate gate, IPeerDirectory peers, EvidenceTrail evidence, Database database)
{
    /// <summary>What policy will be asked, as far as it is known before a use is reserved.</summary>
    /// <exception cref="RefusalException">The request is not one that policy can be asked about.</exception>
    public async ValueTask<PolicyQuestion> PrepareAsync(HttpContext context, CanonicalTarget target, ProviderFlow flow, AgreementTerms agreement)
    {
        var purposes = context.Request.Headers[DataHeaders.Purpose];
        if (purposes.Count > 1)
        {
            throw new RefusalException(RefusalCode.Malformed, $"{DataHeaders.Purpose} must be given once.") { Where = DataHeaders.Purpose };
        }

        var purpose = purposes.Count == 0 ? null : purposes.ToString();
        return await PrepareAsync(purpose, new RequestFacts(context.Request.Method, target.Path), flow, agreement, context.RequestAborted);
    }

    /// <summary>The same for data that is pushed: nobody asks for it a second time, so it is asked about like a request.</summary>
    /// <exception cref="RefusalException">PolicyRefused: the flow has ended.</exception>
    public async ValueTask<PolicyQuestion> PrepareAsync(string? purpose, RequestFacts request, ProviderFlow flow, AgreementTerms agreement, CancellationToken cancellation)
    {
        var question = new PolicyQuestion
        {
            Stage = PolicyStage.Request,
            Subject = await SubjectAsync(flow.Consumer, cancellation),
            Terms = agreement.Terms,
            Product = new ProductFacts(agreement.DatasetId, agreement.Classification),
            Purpose = purpose,
            Request = request,
            Filed = agreement.Filed,
            AgreementState = agreement.State,
        };
        if (flow.End is { } end)
        {
            var reason = new PolicyReason("flow_ended", "transfer", $"the transfer was {end.ToString().ToLowerInvariant()}: {flow.Reason}", "start another transfer, if the agreement still allows it");
            await RefuseAsync(flow, question, PolicyDecision.Denied([reason], ""));
        }

        return question;
    }

    /// <summary>Decides with the reserved use. Returns only if the answer is an unconditional yes.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons.</exception>
    public async Task RequireAsync(PolicyQuestion question, ProviderFlow flow, UsageTicket ticket, CancellationToken cancellation) =>
        await RequireAsync(await gate.DecideAsync(question with { Usage = new UsageFacts(ticket.Used) }, cancellation), question, flow);

    /// <summary>The same for a delivery that can wait: without an engine it is tried again.</summary>
    /// <exception cref="RefusalException">PolicyRefused, with all reasons; Unavailable: no decision was taken.</exception>
    public async Task RequireWhenAbleAsync(PolicyQuestion question, ProviderFlow flow, UsageTicket ticket, CancellationToken cancellation) =>
        await RequireAsync(await gate.DecideWhenAbleAsync(question with { Usage = new UsageFacts(ticket.Used) }, cancellation), question, flow);

    private async Task RequireAsync(PolicyDecision decision, PolicyQuestion question, ProviderFlow flow)
    {
        if (!decision.Allow)
        {
            // Also when the answer is conditional: no duty can be run before release yet, and releasing without it would break the contract.
            await RefuseAsync(flow, question, decision);
        }
    }

    private async ValueTask<Peer> SubjectAsync(string consumer, CancellationToken cancellation)
    {
        try
        {
            var record = await peers.FindAsync(consumer, cancellation);
            return new Peer(record.Id, record.State, record.Region, record.Roles);
        }
        catch (RefusalException refusal) when (refusal.Code is RefusalCode.Forbidden or RefusalCode.NotFound)
        {
            // No longer a member: policy says so, and it becomes evidence like every other refusal.
            return new Peer(consumer, "none", null, []);
        }
    }

    private async Task RefuseAsync(ProviderFlow flow, PolicyQuestion question, PolicyDecision decision)
    {
        await database.WriteAsync(unit => evidence.Append(
            unit,
            EvidenceKinds.DecisionDenied,
            new
            {
                stage = "request",
                consumer = flow.Consumer,
                purpose = question.Purpose,
                policy = question.Terms.Hash,
                decision.Revision,
                decision.Result,
                reasons = decision.Reasons.Select(reason => new { reason.Code, reason.Term }),
            },
            flow.AgreementId,
            flow.Id));
        throw decision.ToRefusal();
    }
}
