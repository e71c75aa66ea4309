using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>What all endpoints of a management interface can do.</summary>
public static class ManagementRequests
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddManagementRequests(this IServiceCollection services) => services.AddSingleton<OwnViews>();

    /// <summary>Idempotency keys and entity tags, behind authentication.</summary>
    public static void UseManagementRequests(this IApplicationBuilder app)
    {
        // A request that is sent again gets its answer, whatever has changed since.
        app.UseMiddleware<IdempotencyKeys>();
        app.UseMiddleware<Preconditions>();
    }
}
