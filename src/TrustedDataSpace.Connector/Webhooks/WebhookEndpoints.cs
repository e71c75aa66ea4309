using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>Web-hooks in the management interface.</summary>
internal static class WebhookEndpoints
{
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddSingleton<WebhookService>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookFailures>();
        services.AddSingleton<WebhookWorker>();
        services.AddHostedService<WebhookDelivery>();
    }

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("webhooks");

        // A web-hook is sent what the events show, from whichever place in the past it names.
        var events = new AlsoNeeds(new ManagementArea("events").Read);
        group.MapPost(ManagementRoutes.Webhooks, AddAsync).WithMetadata(events);
        group.MapGet(ManagementRoutes.Webhooks, List);
        group.MapGet(ManagementRoutes.WebhookById, Get);
        group.MapDelete(ManagementRoutes.WebhookById, RemoveAsync);
        group.MapPost(ManagementRoutes.WebhookRotation, RotateAsync);
        group.MapPost(ManagementRoutes.WebhookReplaying, ReplayAsync).WithMetadata(events);
    }

    private static async Task<Created<WebhookSecret>> AddAsync(WebhookDefinition webhook, WebhookService webhooks, HttpResponse response)
    {
        // The body holds a secret.
        response.Headers.CacheControl = "no-store";
        var secret = await webhooks.AddAsync(webhook);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.WebhookById, secret.Id), secret);
    }

    private static Page<WebhookView> List([AsParameters] PageRequest page, WebhookService webhooks) => webhooks.List(page);

    private static WebhookView Get(string id, WebhookService webhooks) => webhooks.Get(id);

    private static async Task<NoContent> RemoveAsync(string id, WebhookService webhooks)
    {
        await webhooks.RemoveAsync(id);
        return TypedResults.NoContent();
    }

    private static Task<WebhookSecret> RotateAsync(string id, WebhookService webhooks, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return webhooks.RotateAsync(id);
    }

    private static Task<WebhookView> ReplayAsync(string id, WebhookReplay replay, WebhookService webhooks) => webhooks.ReplayAsync(id, replay);
}
