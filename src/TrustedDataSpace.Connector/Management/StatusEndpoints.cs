using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies.Decisions;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Management;

/// <summary>How this connector stands.</summary>
internal static class StatusEndpoints
{
    // The engine's revision before the first bundle.
    private const string NoPolicies = "none";

    public static void MapStatus(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("status");
        group.MapGet(ManagementRoutes.Status, StatusAsync);
    }

    /// <summary>What this connector still lacks to share data.</summary>
    public static IEnumerable<string> Missing(IServiceProvider services)
    {
        if (!services.GetRequiredService<MembershipState>().IsActive)
        {
            yield return "the participant is not an active member";
        }

        if (services.GetRequiredService<IPolicyEngine>().Revision is NoPolicies)
        {
            yield return "no policies of the space are loaded";
        }
    }

    private static async Task<Ok<ConnectorStatus>> StatusAsync(
        HttpRequest request, Database database, MembershipState membership, IPolicyEngine engine, DecisionLog decisions, LogWatchStore log, ServiceAddress address, ConnectorSettings settings)
    {
        ConnectorStatus Now() => new()
        {
            Participant = settings.Participant.Id,
            Space = settings.Space.Id,
            Membership = membership.Current,
            PolicyRevision = engine.Revision is NoPolicies ? null : engine.Revision,
            Address = address.Url,
            DecisionLog = decisions.Status,
            Warnings = log.Alarm() is { } alarm ? [$"the evidence log of the space is refused ({alarm.Kind}): {alarm.Reason}"] : [],
        };
        await database.WaitUntilAsync(
            () => Now() is { Membership: ParticipantStates.Active, PolicyRevision: not null } or { Membership: ParticipantStates.Suspended or ParticipantStates.Left },
            PreferredWait.Of(request),
            request.HttpContext.RequestAborted);
        return TypedResults.Ok(Now());
    }
}
