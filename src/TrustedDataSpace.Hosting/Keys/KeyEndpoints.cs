using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>The service's own signing keys in the management interface. No private part ever leaves the service.</summary>
public static class KeyEndpoints
{
    /// <summary>Registers rotation with the service's own steps.</summary>
    public static IServiceCollection AddKeyRotation<TSteps>(this IServiceCollection services)
        where TSteps : class, IRotationSteps => services
        .AddSingleton<IRotationSteps, TSteps>()
        .AddSingleton<KeyRotation>()
        .AddHostedService(provider => provider.GetRequiredService<KeyRotation>());

    /// <summary>Maps the endpoints.</summary>
    public static void MapKeys(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("keys");
        group.MapGet(KeyRoutes.Keys, (KeyRotation rotation) => List(rotation));
        group.MapPost(KeyRoutes.Rotation, RotateAsync);
        group.MapDelete(KeyRoutes.Key, RevokeAsync);
    }

    private static async Task<Accepted<KeyList>> RotateAsync(HttpRequest request, KeyRotation rotation, Database database, CancellationToken cancellation)
    {
        await rotation.BeginAsync();
        await database.WaitUntilAsync(() => rotation.Ring.Next is null, PreferredWait.Of(request), cancellation);
        return TypedResults.Accepted(KeyRoutes.Keys, List(rotation));
    }

    private static async Task<NoContent> RevokeAsync(string id, KeyRotation rotation)
    {
        await rotation.RevokeAsync(id);
        return TypedResults.NoContent();
    }

    private static KeyList List(KeyRotation rotation) => new(
        [.. rotation.Ring.All.Select(key => new KeyView(key.Public.Kid, key.State, key.Public.Jwk, key.CreatedAt, key.SignsFrom, key.AcceptedUntil))],
        rotation.Ring.Next is null ? null : rotation.Problem);
}
