using System.Net;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>The question how a server is: asked with the source's credentials, as a server that wants them answers nothing else.</summary>
internal sealed class SourceProbes(SourceClusters clusters) : IProbingRequestFactory
{
    public HttpRequestMessage CreateRequest(ClusterModel cluster, DestinationModel destination)
    {
        var config = cluster.Config;
        var request = new HttpRequestMessage(HttpMethod.Get, SourceExchange.AddressOf(destination.Config.Address, config.HealthCheck!.Active!.Path!))
        {
            Version = config.HttpRequest?.Version ?? HttpVersion.Version20,
            VersionPolicy = config.HttpRequest?.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower,
        };
        SourceExchange.AddHeaders(request, clusters.CredentialsOf(config.ClusterId));
        return request;
    }
}
