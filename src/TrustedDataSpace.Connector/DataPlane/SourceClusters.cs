using System.Collections.Concurrent;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The clusters of the sources in use, for YARP. A change makes a new snapshot, which YARP compares with what it has: a cluster that stays
/// as it was keeps its connections and its health, and what flows already goes on whatever becomes of its cluster.
/// </summary>
internal sealed class SourceClusters : IProxyConfigProvider, IConfigChangeListener, IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ClusterConfig> clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, KeyValuePair<string, string>[]> credentials = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Snapshot> unapplied = [];
    private Snapshot current = new([]);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return clusters.Count;
            }
        }
    }

    public IProxyConfig GetConfig()
    {
        lock (gate)
        {
            return current;
        }
    }

    /// <summary>The credentials that the servers of a cluster want, for whoever asks how they are.</summary>
    public KeyValuePair<string, string>[] CredentialsOf(string clusterId) => credentials.GetValueOrDefault(clusterId) ?? [];

    /// <summary>Adds a cluster, or puts it in the place of the one with the same id. Ends when requests can be sent to it.</summary>
    public Task PutAsync(ClusterConfig cluster, IEnumerable<KeyValuePair<string, string>> headers) => ChangeAsync(all =>
    {
        credentials[cluster.ClusterId] = [.. headers];
        if (all.TryGetValue(cluster.ClusterId, out var present) && present.Equals(cluster))
        {
            return false;
        }

        all[cluster.ClusterId] = cluster;
        return true;
    });

    /// <summary>Takes those clusters away.</summary>
    public Task RemoveAsync(Predicate<string> which) => ChangeAsync(all =>
    {
        var before = all.Count;
        foreach (var id in all.Keys.Where(id => which(id)).ToList())
        {
            all.Remove(id);
            credentials.TryRemove(id, out _);
        }

        return all.Count < before;
    });

    void IConfigChangeListener.ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => Finish(proxyConfigs, failure: null);

    void IConfigChangeListener.ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => Finish(proxyConfigs, exception);

    void IConfigChangeListener.ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    void IConfigChangeListener.ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void Dispose() => current.Dispose();

    private Task ChangeAsync(Func<Dictionary<string, ClusterConfig>, bool> change)
    {
        Snapshot before;
        Task applied;
        lock (gate)
        {
            if (!change(clusters))
            {
                // What is there already may still be on its way.
                return current.Applied.Task;
            }

            before = current;
            current = new Snapshot([.. clusters.Values]);
            unapplied.Add(current);
            applied = current.Applied.Task;
        }

        // YARP takes the new snapshot on the thread that signals: not here, where locks may be held.
        _ = before.ReplaceAsync();
        return applied;
    }

    // A snapshot that was overtaken is in force with the one that overtook it.
    private void Finish(IReadOnlyList<IProxyConfig> configs, Exception? failure)
    {
        List<Snapshot> finished;
        lock (gate)
        {
            var last = unapplied.FindLastIndex(configs.Contains);
            finished = unapplied[..(last + 1)];
            unapplied.RemoveRange(0, last + 1);
        }

        foreach (var snapshot in finished)
        {
            if (failure is null)
            {
                snapshot.Applied.TrySetResult();
            }
            else
            {
                snapshot.Applied.TrySetException(failure);
            }
        }
    }

    private sealed class Snapshot : IProxyConfig, IDisposable
    {
        private readonly CancellationTokenSource replaced = new();

        public Snapshot(IReadOnlyList<ClusterConfig> clusters)
        {
            Clusters = clusters;
            ChangeToken = new CancellationChangeToken(replaced.Token);
            if (clusters.Count == 0)
            {
                Applied.SetResult();
            }
        }

        public IReadOnlyList<RouteConfig> Routes => [];

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken { get; }

        public TaskCompletionSource Applied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task ReplaceAsync() => replaced.CancelAsync();

        public void Dispose() => replaced.Dispose();
    }
}
