using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Policies;

internal static class PolicyDenial
{
    /// <summary>A denial as the one error: every reason, the first in front. PolicyRefused; Unavailable: the service is being stopped (<see cref="ServiceStop"/>).</summary>
    public static RefusalException ToRefusal(this PolicyDecision decision) =>
        new(decision.Reasons[0].Code == ServiceStop.Code ? RefusalCode.Unavailable : RefusalCode.PolicyRefused, decision.Reasons[0].Message)
        {
            Term = decision.Reasons[0].Term,
            Remedy = decision.Reasons[0].Remedy,
            Reasons = [.. decision.Reasons.Select(reason => new RefusalReason(reason.Code, reason.Term, reason.Message, reason.Remedy))],
        };
}
