using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Shows what flows now. Flows are paused, resumed and ended as transfers.</summary>
internal static class FlowEndpoints
{
    public static void MapFlows(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapManagement("transfers");
        group.MapGet(ManagementRoutes.Flows, List);
        group.MapGet(ManagementRoutes.FlowById, Show);
    }

    private static Ok<Page<FlowView>> List([AsParameters] PageRequest page, ProviderFlows flows, RunningUses running, UsageMeter meter) => TypedResults.Ok(page.ToPage(
        flows.Page(page.After, page.Size + 1),
        flow => View(flow, running, meter),
        flow => flow.Id));

    private static Ok<FlowView> Show(string id, ProviderFlows flows, RunningUses running, UsageMeter meter) => TypedResults.Ok(View(
        flows.Find(id) ?? throw new RefusalException(RefusalCode.NotFound, "There is no such flow here.") { Where = "id", Remedy = "GET " + ManagementRoutes.Flows },
        running,
        meter));

    private static FlowView View(ProviderFlow flow, RunningUses running, UsageMeter meter)
    {
        var activity = flow.Activity;
        var (requests, bytes) = activity.PerSecond;
        return new FlowView
        {
            Id = flow.Id,
            Agreement = flow.AgreementId,
            Consumer = flow.Consumer,
            State = flow.End?.ToString().ToLowerInvariant() ?? FlowRow.Open,
            Reason = flow.Reason,
            Running = running.Of(flow.Id).Count,
            Requests = activity.Requests,
            Denied = activity.Denied,
            Cut = activity.Cuts,
            Bytes = activity.Bytes,
            Decisions = activity.Decisions,
            DecisionsReused = activity.Reused,
            RequestsPerSecond = requests,
            BytesPerSecond = bytes,
            Quotas = [.. (meter.CountOf(flow.AgreementId)?.States(running.Now) ?? [])
                .Select(quota => new QuotaView(quota.Counter, quota.Limit, quota.Left, quota.End == DateTimeOffset.MaxValue ? null : quota.End))],
        };
    }
}
