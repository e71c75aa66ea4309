using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Coverage;

internal static class CoverageReader
{
    /// <summary>The report about a policy. One that is not understood has a report, too: it says which terms are in the way.</summary>
    public static CoverageReport Of(PolicyDocument policy, string kind, string datasetId)
    {
        var report = new CoverageReport { Policy = policy.Id, Kind = kind, DatasetId = datasetId };
        try
        {
            return report with { Terms = CompiledPolicy.Of(policy).Coverage };
        }
        catch (RefusalException refusal)
        {
            return report with
            {
                Refused = refusal.Reasons.Count > 0
                    ? [.. refusal.Reasons.Select(reason => new RefusedTermView(reason.Term, reason.Message, reason.Remedy))]
                    : [new RefusedTermView(refusal.Term ?? refusal.Where, refusal.Message, refusal.Remedy)],
            };
        }
    }
}
