using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Management;

/// <summary>What this connector has promised to send and has not delivered yet.</summary>
internal static class OutboxEndpoints
{
    public static void MapOutbox(this IEndpointRouteBuilder app) =>
        app.MapManagement("outbox").MapGet(ManagementRoutes.Outbox, List);

    private static Ok<OutboxView> List([AsParameters] PageRequest page, OutboxOverview outbox)
    {
        var shown = page.ToPage(outbox.Waiting(page.After, page.Size + 1), message => message, message => message.Id);
        return TypedResults.Ok(new OutboxView { Items = shown.Items, Next = shown.Next, Circuits = outbox.Circuits });
    }
}
