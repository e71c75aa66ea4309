using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Bundles;

internal static class BundleEndpoints
{
    public static IServiceCollection AddBundles(this IServiceCollection services) => services
        .AddSingleton<SpacePolicies>()
        .AddSingleton<BundlePublisher>()
        .AddHostedService(provider => provider.GetRequiredService<BundlePublisher>());

    // By this type OPA knows a server that holds a request until there is news; it must stand on 304 as well.
    private const string ContentType = "application/vnd.openpolicyagent.bundles";

    // Open to all: policies are no secret, and their signature says whose they are. A conditional request gets 304.
    public static void MapBundles(this IEndpointRouteBuilder app) => app.MapGet(AuthorityRoutes.SpaceBundle, GetAsync);

    private static async Task<IResult> GetAsync(HttpContext context, BundlePublisher publisher, IHostApplicationLifetime lifetime)
    {
        var known = context.Request.GetTypedHeaders().IfNoneMatch;
        var bundle = publisher.Current();
        if (PreferredWait.Of(context.Request) is var wait && wait > TimeSpan.Zero && known.Contains(bundle.ETag))
        {
            bundle = await publisher.OtherThanAsync(bundle, wait, lifetime.ApplicationStopping, context.RequestAborted);
        }

        context.Response.ContentType = ContentType;
        return TypedResults.Bytes(bundle.Archive, ContentType, entityTag: bundle.ETag);
    }
}
