using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Bundles;

internal static class BundleEndpoints
{
    public static IServiceCollection AddBundles(this IServiceCollection services) => services
        .AddSingleton<BundlePublisher>()
        .AddHostedService(provider => provider.GetRequiredService<BundlePublisher>());

    // Open to all: policies are no secret, and their signature says whose they are. A conditional request gets 304.
    public static void MapBundles(this IEndpointRouteBuilder app) => app.MapGet(
        AuthorityRoutes.SpaceBundle,
        (BundlePublisher publisher) => publisher.Current() is var bundle ? TypedResults.Bytes(bundle.Archive, "application/gzip", entityTag: bundle.ETag) : null);
}
