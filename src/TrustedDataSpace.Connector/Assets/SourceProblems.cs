using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>
/// What is wrong with how a source is reached and with its rules. Told here, in full: the proxy takes the configuration of all sources at
/// once, so one that it would not take must never get there.
/// </summary>
internal static class SourceProblems
{
    public const int MostDestinations = 15;
    public const int MostPatterns = 64;
    public const int LongestPattern = 1024;
    public const long LargestRequest = 10L << 30;

    private static readonly string[] Balancing =
    [
        SourceBalancing.PowerOfTwoChoices, SourceBalancing.LeastRequests, SourceBalancing.RoundRobin, SourceBalancing.Random, SourceBalancing.FirstAlphabetical,
    ];

    /// <summary>Whether this can be the base URL of a server.</summary>
    public static bool IsBase(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;

    /// <summary>Problems of <c>source</c>.</summary>
    public static IEnumerable<RefusalReason> Of(SourceDefinition source, string baseUrl)
    {
        if (source.Destinations.Count > MostDestinations)
        {
            yield return new("too_many", "source.destinations", $"more than {MostDestinations}", null);
        }

        // Servers are told apart without case, as the proxy does.
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (IsBase(baseUrl))
        {
            seen.Add(new Uri(baseUrl).AbsoluteUri.TrimEnd('/'));
        }

        foreach (var (url, i) in source.Destinations.Select((url, i) => (url, i)))
        {
            if (!IsBase(url))
            {
                yield return new("invalid_url", $"source.destinations[{i}]", "it is no plain http(s) address", "leave out credentials, query and fragment; credentials go into sourceHeaders");
            }
            else if (!seen.Add(new Uri(url).AbsoluteUri.TrimEnd('/')))
            {
                yield return new("invalid_url", $"source.destinations[{i}]", "this server is there twice", "name each server once; sourceUrl is one of them");
            }
        }

        if (!Balancing.Contains(source.LoadBalancing))
        {
            yield return new("unknown_mode", "source.loadBalancing", $"'{source.LoadBalancing}' is not known", $"use one of {string.Join(", ", Balancing)}");
        }

        if (source.HttpVersion is not (null or "1.1" or "2"))
        {
            yield return new("unknown_mode", "source.httpVersion", $"'{source.HttpVersion}' is not known", "use 1.1 or 2, or leave it out");
        }

        if (!(source.FailureRate is >= 0.01 and <= 1))
        {
            yield return new("invalid_number", "source.failureRate", "it does not lie between 0.01 and 1", null);
        }

        foreach (var problem in Numbers(("source.recoverySeconds", source.RecoverySeconds, 3600), ("source.connectSeconds", source.ConnectSeconds, 60), ("source.silenceSeconds", source.SilenceSeconds ?? 1, 100)))
        {
            yield return problem;
        }

        if (source.Probe is { } probe)
        {
            if (!SourcePatterns.IsPlainPath(probe.Path) || probe.Path.Length == 0)
            {
                yield return new("invalid_path", "source.probe.path", "it is no path in its plain spelling", "write it as '/health'");
            }

            foreach (var problem in Numbers(("source.probe.intervalSeconds", probe.IntervalSeconds, 3600), ("source.probe.timeoutSeconds", probe.TimeoutSeconds, 60), ("source.probe.failures", probe.Failures, 100)))
            {
                yield return problem;
            }
        }
    }

    /// <summary>Problems of <c>rules</c>.</summary>
    public static IEnumerable<RefusalReason> Of(SourceRulesDefinition rules)
    {
        if (rules.Methods.Count == 0 || rules.Methods.Distinct().Count() != rules.Methods.Count || rules.Methods.Except(SourceRules.KnownMethods).Any())
        {
            yield return new("unknown_method", "rules.methods", "it is empty, or has a method twice or one that does not pass", $"use one or more of {string.Join(", ", SourceRules.KnownMethods)}");
        }

        if (rules.Paths.Count > MostPatterns || rules.Query?.Count > MostPatterns || rules.Query?.Values.Any(patterns => patterns.Count > MostPatterns) == true)
        {
            yield return new("too_many", "rules", $"more than {MostPatterns} patterns in one list", null);
        }

        foreach (var (pattern, i) in rules.Paths.Select((pattern, i) => (pattern, i)))
        {
            if (pattern.Length > LongestPattern || !SourcePatterns.IsPath(pattern))
            {
                yield return new(
                    "invalid_pattern", $"rules.paths[{i}]", "it is no pattern of a path in its plain spelling",
                    "begin with '/'; at most one '*' in a segment, '**' as the last segment only; no ';', dot segments or doubled slashes");
            }
        }

        foreach (var (name, patterns) in rules.Query ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (name.Length is 0 or > LongestPattern || !SourcePatterns.IsQueryName(name) || patterns.Any(pattern => pattern.Length > LongestPattern || !SourcePatterns.IsQueryValue(pattern)))
            {
                yield return new("invalid_pattern", $"rules.query['{name}']", "name or pattern is not in its plain spelling", "escape as in an address; at most one '*' in a pattern; no '&', '=' or ';'");
            }
        }

        if (rules.LargestRequest is < 0 or > LargestRequest)
        {
            yield return new("invalid_number", "rules.largestRequest", $"it does not lie between 0 and {LargestRequest}", null);
        }

        if (rules.LargestResponse < 1)
        {
            yield return new("invalid_number", "rules.largestResponse", "it is less than 1", "leave it out for no limit");
        }
    }

    private static IEnumerable<RefusalReason> Numbers(params (string Where, int Value, int Most)[] numbers) => numbers
        .Where(number => number.Value < 1 || number.Value > number.Most)
        .Select(number => new RefusalReason("invalid_number", number.Where, $"it does not lie between 1 and {number.Most}", null));
}
