using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>A denied decision as reasons for the counterparty, and as evidence.</summary>
internal static class DeniedDecision
{
    /// <summary>Code, term, what was wrong and what would satisfy it, one text for each reason.</summary>
    public static IReadOnlyList<string> Texts(PolicyDecision decision) =>
    [
        .. decision.Reasons.Select(reason =>
            $"{reason.Code}: {(reason.Term is null ? "" : reason.Term + ": ")}{reason.Message}{(reason.Remedy is null ? "" : $" ({reason.Remedy})")}"),
    ];

    /// <summary>What the evidence keeps.</summary>
    public static object Evidence(string stage, string subject, PolicyDecision decision) =>
        new { stage, subject, result = decision.Result, reasons = decision.Reasons, revision = decision.Revision };
}
