using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>What is wrong with a price plan: all of it, so that one correction is enough.</summary>
internal sealed class PlanProblems
{
    private readonly List<RefusalReason> reasons = [];

    public void Malformed(string place, string message, string remedy) => Add(RefusalCode.Malformed, place, message, remedy);

    public void Unsupported(string place, string message, string remedy) => Add(RefusalCode.Unsupported, place, message, remedy);

    /// <summary>Whether a member of the object at a place could not be read.</summary>
    public bool At(string place) => reasons.Exists(r => r.Term == place || r.Term!.StartsWith(place + ".", StringComparison.Ordinal));

    public void ThrowIfAny()
    {
        if (reasons.Count == 0)
        {
            return;
        }

        var malformed = RefusalStatus.WireName(RefusalCode.Malformed);
        var code = reasons.Exists(r => r.Code == malformed) ? RefusalCode.Malformed : RefusalCode.Unsupported;
        throw new RefusalException(code, $"The price plan is refused: {string.Join(" | ", reasons.Select(r => $"{r.Term}: {r.Message}; {r.Remedy}"))}")
        {
            Term = PricePlan.Property,
            Where = reasons[0].Term,
            Remedy = reasons[0].Remedy,
            Reasons = reasons,
        };
    }

    private void Add(RefusalCode code, string place, string message, string remedy) =>
        reasons.Add(new RefusalReason(RefusalStatus.WireName(code), place.Length == 0 ? PricePlan.Property : place, message, remedy));
}
