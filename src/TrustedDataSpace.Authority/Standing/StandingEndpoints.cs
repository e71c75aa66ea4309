using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Standing;

internal static class StandingEndpoints
{
    public static IServiceCollection AddStanding(this IServiceCollection services) => services
        .AddSingleton<StandingChanges>()
        .AddSingleton<StandingEpochs>()
        .AddSingleton<StandingFollowers>()
        .AddHostedService(provider => provider.GetRequiredService<StandingEpochs>());

    public static void MapStanding(this IEndpointRouteBuilder app) => app.MapMembers().MapGet(AuthorityRoutes.Standing, Follow);

    private static ServerSentEventsResult<string> Follow(HttpContext context, long? after, StandingFollowers followers)
    {
        // nginx would hold back what it has not much of.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(followers.Follow(context, after));
    }
}
