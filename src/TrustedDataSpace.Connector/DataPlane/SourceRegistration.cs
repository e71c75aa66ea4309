using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Sets YARP up as a library: its clusters, health and balancing are used, its routes are not.</summary>
internal static class SourceRegistration
{
    public static void AddSources(this IServiceCollection services)
    {
        services.AddSingleton<SourceClusters>();
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<SourceClusters>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<SourceClusters>());
        services.AddSingleton<IForwarderHttpClientFactory, SourceClients>();
        services.AddSingleton<IProbingRequestFactory, SourceProbes>();
        services.AddReverseProxy();

        // Comes with cookies of sticky sessions, which there are none of here: it would write keys below the home folder at each start.
        foreach (var starter in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            services.Remove(starter);
        }

        services.AddSingleton<Sources>();
        services.AddSingleton<SourceForwarder>();
    }

    /// <summary>Lets YARP load the clusters, and follow their changes. No route leads to them.</summary>
    public static void MapSources(this IEndpointRouteBuilder routes) => routes.MapReverseProxy(_ => { });
}
