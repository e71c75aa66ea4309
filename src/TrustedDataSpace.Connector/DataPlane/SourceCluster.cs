using System.Globalization;
using System.Net;
using System.Text;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Management;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>A source in the words of YARP.</summary>
internal static class SourceCluster
{
    /// <summary>Metadata: seconds that a connection may take.</summary>
    public const string ConnectSeconds = "Tds.ConnectSeconds";

    /// <summary>The cluster's id for an asset. YARP compares ids without case, assets are told apart with it.</summary>
    public static string IdOf(string assetId)
    {
        var id = new StringBuilder(assetId.Length);
        foreach (var c in assetId)
        {
            id.Append(char.IsAsciiLetterUpper(c) ? "!" : "").Append(c);
        }

        return id.ToString();
    }

    /// <summary>The cluster. It holds no credential: those are added request by request.</summary>
    public static ClusterConfig Of(string assetId, SourceAddress address, TimeSpan silence)
    {
        var source = address.Source;
        var several = source.Destinations.Count > 0;
        return new ClusterConfig
        {
            ClusterId = IdOf(assetId),

            // A server keeps its health as long as it keeps its address, whatever stands before it.
            Destinations = address.Servers.Select(PrefixOf).ToDictionary(prefix => prefix, prefix => new DestinationConfig { Address = prefix }, StringComparer.OrdinalIgnoreCase),
            LoadBalancingPolicy = several ? PolicyOf(source.LoadBalancing) : null,
            HealthCheck = new HealthCheckConfig
            {
                // With none that is well, all are tried: a wrong probe must not take a source away.
                AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                Active = source.Probe is not { } probe ? null : new ActiveHealthCheckConfig
                {
                    Enabled = true,
                    Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                    Path = probe.Path,
                    Interval = TimeSpan.FromSeconds(probe.IntervalSeconds),
                    Timeout = TimeSpan.FromSeconds(probe.TimeoutSeconds),
                },
                Passive = !several ? null : new PassiveHealthCheckConfig
                {
                    Enabled = true,
                    Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate,
                    ReactivationPeriod = TimeSpan.FromSeconds(source.RecoverySeconds),
                },
            },
            HttpRequest = RequestOf(source, silence),
            Metadata = new Dictionary<string, string>
            {
                [ConnectSeconds] = source.ConnectSeconds.ToString(CultureInfo.InvariantCulture),
                [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = (source.Probe?.Failures ?? 2).ToString(CultureInfo.InvariantCulture),
                [TransportFailureRateHealthPolicyOptions.FailureRateLimitMetadataName] = source.FailureRate.ToString(CultureInfo.InvariantCulture),
            },
        };
    }

    private static ForwarderRequestConfig RequestOf(SourceDefinition source, TimeSpan silence)
    {
        var longest = source.SilenceSeconds is { } seconds && TimeSpan.FromSeconds(seconds) < silence ? TimeSpan.FromSeconds(seconds) : silence;
        return source.HttpVersion switch
        {
            "1.1" => new() { ActivityTimeout = longest, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
            "2" => new() { ActivityTimeout = longest, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
            _ => new() { ActivityTimeout = longest },
        };
    }

    // Without the slash at its end: the path of a request begins with one.
    private static string PrefixOf(Uri server) => server.GetLeftPart(UriPartial.Authority) + server.AbsolutePath.TrimEnd('/');

    private static string PolicyOf(string balancing) => balancing switch
    {
        SourceBalancing.LeastRequests => LoadBalancingPolicies.LeastRequests,
        SourceBalancing.RoundRobin => LoadBalancingPolicies.RoundRobin,
        SourceBalancing.Random => LoadBalancingPolicies.Random,
        SourceBalancing.FirstAlphabetical => LoadBalancingPolicies.FirstAlphabetical,
        _ => LoadBalancingPolicies.PowerOfTwoChoices,
    };
}
