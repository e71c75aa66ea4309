using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What a sink may be. All problems are told at once.</summary>
internal static class PushSinkRules
{
    private const int LongestUrl = 2048;

    // This connector says these itself.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase) { "Content-Type", "Content-Encoding", RetryRule.Header, DataHeaders.Usage, DataHeaders.Purpose };

    /// <exception cref="RefusalException">Malformed, with every problem.</exception>
    public static void Check(PushSink sink)
    {
        Refusals.ThrowIfAny("sink", Problems(sink));
        DataHeaders.CheckedPurpose(sink.Purpose ?? "");
    }

    private static IEnumerable<RefusalReason> Problems(PushSink sink)
    {
        if (sink.Url.Length > LongestUrl
            || !Uri.TryCreate(sink.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            yield return new("invalid_url", "sink.url", $"the sink is no plain http(s) address of at most {LongestUrl} characters", "leave out credentials and fragment; credentials go into sink.headers");
        }

        foreach (var problem in AssetRules.HeaderProblems("sink.headers", sink.Headers))
        {
            yield return problem;
        }

        foreach (var name in sink.Headers.Keys.Where(Own.Contains))
        {
            yield return new("invalid_header", $"sink.headers['{name}']", "this connector sets it itself", "leave it out");
        }
    }
}
