using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Consents;

internal static class ConsentEndpoints
{
    public static void AddConsents(this IServiceCollection services) => services.AddSingleton<ConsentService>();

    public static void MapConsents(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("consents");
        group.MapPost(ManagementRoutes.Consents, GrantAsync);
        group.MapGet(ManagementRoutes.Consents, List);
        group.MapDelete(ManagementRoutes.ConsentById, WithdrawAsync);
    }

    private static async Task<Created<ConsentView>> GrantAsync(ConsentGrant grant, ConsentService consents)
    {
        var consent = await consents.GrantAsync(grant);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.ConsentById, consent.Id), consent);
    }

    private static Ok<Page<ConsentView>> List(string? product, string? subject, [AsParameters] PageRequest page, ConsentService consents) =>
        TypedResults.Ok(consents.List(page, product, subject));

    private static async Task<NoContent> WithdrawAsync(string id, ConsentService consents)
    {
        await consents.WithdrawAsync(id);
        return TypedResults.NoContent();
    }
}
