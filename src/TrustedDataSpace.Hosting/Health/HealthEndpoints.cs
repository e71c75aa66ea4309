using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Health;

/// <summary>For whoever supervises the process: is it alive, and is it of use? Open to all, so they say no more than that.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app, Func<IServiceProvider, IEnumerable<string>>? missing)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new HealthStatus("live", [])));
        app.MapGet("/health/ready", (HttpContext context, Database database) => ReadyAsync(database, missing?.Invoke(context.RequestServices) ?? []));
    }

    private static async Task<JsonHttpResult<HealthStatus>> ReadyAsync(Database database, IEnumerable<string> missing)
    {
        string[] reasons = [.. await database.IsWritableAsync() ? Array.Empty<string>() : ["the database keeps no changes"], .. missing];
        return reasons.Length == 0
            ? TypedResults.Json(new HealthStatus("ready", reasons))
            : TypedResults.Json(new HealthStatus("not ready", reasons), statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    internal sealed record HealthStatus(string Status, IReadOnlyList<string> Reasons);
}
