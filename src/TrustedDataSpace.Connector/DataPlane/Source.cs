using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Management;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>A source in use: its rules, its credentials, and its servers with how they are.</summary>
/// <param name="address">As it is set.</param>
/// <param name="cluster">Its servers.</param>
/// <param name="balancing">Chooses among several.</param>
/// <param name="health">Told how requests to one of several went.</param>
internal sealed class Source(SourceAddress address, ClusterState cluster, ILoadBalancingPolicy balancing, IPassiveHealthCheckPolicy health)
{
    private readonly bool several = address.Source.Destinations.Count > 0;

    // The other policies do not look at how busy a server is.
    private readonly bool countsRequests = address.Source.Destinations.Count > 0
        && address.Source.LoadBalancing is SourceBalancing.PowerOfTwoChoices or SourceBalancing.LeastRequests;

    private long lastUsed;
    private int inUse;

    /// <summary>What it is asked at all.</summary>
    public SourceRules Rules { get; } = new(address.Rules);

    /// <summary>Its credentials.</summary>
    public KeyValuePair<string, string>[] Headers { get; } = [.. address.Headers];

    /// <summary>Its client. Taken for each request: another definition may need another one.</summary>
    public HttpMessageInvoker Client => cluster.Model.HttpClient;

    /// <summary>Times and version of its requests.</summary>
    public ForwarderRequestConfig Requests => cluster.Model.Config.HttpRequest!;

    /// <summary>Whether a request that never got an answer may go to another server.</summary>
    public bool MayRetry => several && address.Source.Retry;

    /// <summary>How many requests are with it.</summary>
    public int InUse => Volatile.Read(ref inUse);

    /// <summary>Time stamp of the last request.</summary>
    public long LastUsed => Volatile.Read(ref lastUsed);

    /// <summary>A server for a request; null when there is none (other than <paramref name="except"/>).</summary>
    public DestinationState? Pick(HttpContext context, DestinationState? except = null)
    {
        var available = cluster.DestinationsState.AvailableDestinations;
        if (except is not null)
        {
            available = [.. available.Where(destination => destination != except)];
        }

        return available.Count switch
        {
            0 => null,
            1 => available[0],
            _ => balancing.PickDestination(context, cluster, available),
        };
    }

    /// <summary>A request begins.</summary>
    public void Enter(long now)
    {
        Interlocked.Increment(ref inUse);
        Volatile.Write(ref lastUsed, now);
    }

    /// <summary>It has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref inUse);

    /// <summary>A request goes to the server.</summary>
    public void Begin(DestinationState destination) => Count(destination, 1);

    /// <summary>How it went is told with the context (<see cref="IForwarderErrorFeature"/>).</summary>
    public void End(HttpContext context, DestinationState destination)
    {
        Count(destination, -1);
        if (several)
        {
            health.RequestProxied(context, cluster, destination);
        }
    }

    // YARP's own counter is closed to others; this one it reads, and sets nowhere.
    private void Count(DestinationState destination, int change)
    {
        if (countsRequests)
        {
            lock (destination)
            {
                destination.ConcurrentRequestCount += change;
            }
        }
    }
}
