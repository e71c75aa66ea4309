using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Trust;

internal static class TrustEndpoints
{
    private const string Caching = "public, max-age=60";

    public static IServiceCollection AddTrust(this IServiceCollection services) => services
        .AddSingleton<TrustService>()
        .AddSingleton<TrustListPublisher>();

    public static void MapTrust(this IEndpointRouteBuilder app)
    {
        // Open to all: whom the space believes is no secret, and it is signed.
        app.MapGet(AuthorityRoutes.TrustList, PublishAsync);

        var operators = app.MapManagement("credentials");
        operators.MapGet(AuthorityRoutes.TrustedIssuers, (TrustService trust) => trust.CurrentAsync());
        operators.MapPut(AuthorityRoutes.TrustedIssuer, (string id, IssuerTrust order, TrustService trust) => trust.TrustAsync(Did.Parse(id), order));
        operators.MapDelete(AuthorityRoutes.TrustedIssuer, DistrustAsync);
    }

    private static async Task<IResult> PublishAsync(HttpResponse response, TrustListPublisher publisher)
    {
        var list = await publisher.CurrentAsync();
        response.Headers.CacheControl = Caching;
        return TypedResults.Bytes(list.Bytes, TrustList.MediaType, entityTag: list.ETag);
    }

    private static async Task<NoContent> DistrustAsync(string id, TrustService trust)
    {
        await trust.DistrustAsync(id);
        return TypedResults.NoContent();
    }
}
