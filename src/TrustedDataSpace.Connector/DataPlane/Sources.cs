using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Errors;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The sources in use. One is opened with its first request and closed when it was not asked for a while, so that what is kept, and who is
/// asked how it is, grows with the sources in use and not with the assets that are stored.
/// </summary>
internal sealed class Sources : IDisposable
{
    /// <summary>Most sources that are open at once.</summary>
    public const int Most = 1_000;

    /// <summary>After how long without a request one is closed.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, Task<Source>> open = new(StringComparer.Ordinal);
    private readonly AssetService assets;
    private readonly SourceClusters clusters;
    private readonly IProxyStateLookup states;
    private readonly Dictionary<string, ILoadBalancingPolicy> balancing;
    private readonly IPassiveHealthCheckPolicy health;
    private readonly TimeSpan silence;
    private readonly TimeProvider clock;
    private readonly ITimer timer;

    public Sources(
        AssetService assets, SourceClusters clusters, IProxyStateLookup states, IEnumerable<ILoadBalancingPolicy> balancing, IEnumerable<IPassiveHealthCheckPolicy> health, ConnectorSettings settings, TimeProvider clock)
    {
        this.assets = assets;
        this.clusters = clusters;
        this.states = states;
        this.balancing = balancing.ToDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);
        this.health = health.Single(policy => policy.Name == HealthCheckConstants.PassivePolicy.TransportFailureRate);
        this.clock = clock;
        silence = settings.Data.SourceTimeout;
        assets.Changed += Forget;
        timer = clock.CreateTimer(_ => Close(Idle), null, Sweep, Sweep);
    }

    /// <summary>The source of an asset. Without waiting, unless it is the first request for a while.</summary>
    /// <exception cref="RefusalException">NotFound; Unavailable: too many are in use.</exception>
    public ValueTask<Source> OpenAsync(string assetId) =>
        open.TryGetValue(assetId, out var known) && known.IsCompletedSuccessfully ? new(known.Result) : new(FirstAsync(assetId));

    /// <summary>The time stamp for <see cref="Source.Enter"/>.</summary>
    public long Now => clock.GetTimestamp();

    /// <summary>Closes what was not asked for so long.</summary>
    public void Close(TimeSpan idle)
    {
        lock (gate)
        {
            foreach (var (id, opening) in open)
            {
                if (opening.IsCompletedSuccessfully && opening.Result is { InUse: 0 } source && clock.GetElapsedTime(source.LastUsed) >= idle)
                {
                    open.TryRemove(KeyValuePair.Create(id, opening));
                }
            }

            DropClusters();
        }
    }

    public void Dispose()
    {
        assets.Changed -= Forget;
        timer.Dispose();
    }

    private async Task<Source> FirstAsync(string assetId)
    {
        var mine = new TaskCompletionSource<Source>(TaskCreationOptions.RunContinuationsAsynchronously);
        var opening = open.GetOrAdd(assetId, mine.Task);
        if (opening != mine.Task)
        {
            return await opening;
        }

        try
        {
            var source = await MakeAsync(assetId);
            mine.SetResult(source);
            return source;
        }
        catch (Exception failure)
        {
            open.TryRemove(KeyValuePair.Create(assetId, mine.Task));
            mine.SetException(failure);
            _ = mine.Task.Exception;
            throw;
        }
    }

    private async Task<Source> MakeAsync(string assetId)
    {
        var id = SourceCluster.IdOf(assetId);
        SourceAddress address;
        Task applied;

        // Read and put under the gate: what was read before a change is never put after what was read behind it. A change that comes later
        // forgets this opening, so it serves those who asked before.
        lock (gate)
        {
            address = assets.SourceOf(assetId);
            MakeRoom();
            applied = clusters.PutAsync(SourceCluster.Of(assetId, address, silence), address.Headers);
        }

        try
        {
            await applied;
        }
        catch
        {
            // YARP takes all clusters or none.
            _ = clusters.RemoveAsync(each => string.Equals(each, id, StringComparison.OrdinalIgnoreCase));
            throw;
        }

        if (!states.TryGetCluster(id, out var cluster))
        {
            throw new RefusalException(RefusalCode.Unavailable, "The source has just been changed.") { Where = "source", Remedy = "try again" };
        }

        var source = new Source(address, cluster, balancing[cluster.Model.Config.LoadBalancingPolicy ?? LoadBalancingPolicies.PowerOfTwoChoices], health);
        source.Enter(Now);
        source.Leave();
        return source;
    }

    private void MakeRoom()
    {
        if (open.Count <= Most)
        {
            return;
        }

        var idle = open.Where(each => each.Value.IsCompletedSuccessfully && each.Value.Result.InUse == 0).OrderBy(each => each.Value.Result.LastUsed).Take(open.Count - Most).ToList();
        if (idle.Count == 0)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"This connector is serving {Most} sources already.") { Where = "source", Remedy = "try again when other requests have ended" };
        }

        idle.ForEach(each => open.TryRemove(each));
        DropClusters();
    }

    // An opening has its entry before its cluster.
    private void DropClusters()
    {
        var ids = open.Keys.Select(SourceCluster.IdOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _ = clusters.RemoveAsync(id => !ids.Contains(id));
    }

    private void Forget(string assetId) => open.TryRemove(assetId, out _);
}
