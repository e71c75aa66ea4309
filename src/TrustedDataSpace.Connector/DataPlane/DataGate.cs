using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The provider's gate: one request, end to end.
/// <list type="number">
/// <item>canonicalise method, path and query once;</item>
/// <item>authenticate the token and its proof of possession;</item>
/// <item>look up the flow and its agreement, in memory;</item>
/// <item>reserve a use of what the contract limits;</item>
/// <item>decide, or know that the last answer still holds; a deny gives the use back;</item>
/// <item>run the duties before release (evidence in the space's log, a notice), and decide again; any other is a deny;</item>
/// <item>forward to the source, with its credentials, without the caller's headers;</item>
/// <item>meter the answer as it flows; decide again when something changes, and cut it;</item>
/// <item>settle the use, and only then end the answer.</item>
/// </list>
/// </summary>
internal sealed class DataGate(
    ProofOfPossession proofs,
    ProviderFlows flows,
    AgreementService agreements,
    RequestDecision decision,
    UsageMeter meter,
    AnsweredRequests answered,
    Balances balances,
    RunningUses running,
    SourceForwarder forwarder)
{
    public const string Prefix = "/data/";

    public async Task HandleAsync(HttpContext context)
    {
        // 1
        DataHeaders.RequireKnownEnd(context.Request);
        DrainableBody.Use(context.Request);
        var target = CanonicalTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, Prefix);

        // 2
        var (consumer, connector) = proofs.Authenticate(context, target);

        // 3
        var flow = flows.Find(target.Key);
        if (flow is null || flow.Consumer != consumer || agreements.Find(flow.AgreementId) is not { } agreement)
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such flow.");
        }

        var source = await forwarder.OpenAsync(context, target, agreement);
        var request = await decision.PrepareAsync(context, target, connector, flow, agreement);

        // 4
        var claim = DataHeaders.ClaimOf(context.Request, target, request.Purpose ?? "", DataHeaders.RequestIdOf(context.Request));

        // Whoever is gone may have asked already what became of the request.
        context.RequestAborted.ThrowIfCancellationRequested();
        await balances.PrepareAsync(agreement, claim.Purpose);
        var ticket = await meter.ReserveAsync(flow, claim, agreement.Quotas, agreement.Price);
        using var span = GateMetrics.Start(flow);
        RunningUse? run = null;
        Delivered? delivered = null;
        try
        {
            if (claim.Request is { } id && answered.Contains(flow.Id, id))
            {
                throw new RefusalException(RefusalCode.Conflict, "The consumer's connector has given this request up.") { Where = DataHeaders.Request, Remedy = "send a new one" };
            }

            // 5, 6
            var judged = await decision.RequireAsync(request, ticket, context.RequestAborted);

            // 7, 8
            run = running.Begin(ticket, judged);
            delivered = await forwarder.ForwardAsync(context, source, target, agreement, run);
        }
        finally
        {
            // 9; after a failure in the middle of an answer, what left the building is not known, but it did leave.
            delivered ??= context.Response.HasStarted ? Delivered.Unknown : null;
            try
            {
                await (run?.SettleAsync(delivered) ?? new ValueTask(meter.ReleaseAsync(ticket)));
            }
            finally
            {
                // Also when its end cannot be noted: it flows no longer, and nobody may look at it any more.
                run?.Dispose();
            }
        }

        if (delivered is { Outcome: UsageOutcomes.Cut })
        {
            // The caller must see that the answer is not whole.
            context.Abort();
        }
    }
}
