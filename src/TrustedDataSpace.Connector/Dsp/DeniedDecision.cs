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

    /// <summary>What the evidence keeps: of each reason code and term, not the text, in which values of the case may stand.</summary>
    public static Func<string?, object> Evidence(string stage, string subject, PolicyDecision decision) =>
        question => new { stage, subject, result = decision.Result, reasons = Reasons(decision), revision = decision.Revision, question };

    /// <summary>The reasons as the log keeps them.</summary>
    public static IEnumerable<object> Reasons(PolicyDecision decision) => decision.Reasons.Select(reason => new { reason.Code, reason.Term });
}
