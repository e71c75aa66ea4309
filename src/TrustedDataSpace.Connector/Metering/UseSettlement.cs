using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>How a use that has a row ends: counted, as a retry, or not agreed on yet.</summary>
internal sealed class UseSettlement(Interruptions interruptions, ProviderCounts counts)
{
    /// <summary>Counts what was delivered. A use ends once: one that is no longer open stays as it is.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="use">The use.</param>
    /// <param name="delivered">What was delivered.</param>
    /// <param name="mayBeLost">The process that counted it was killed a moment later: its last bytes may never have left, and the other side is asked.</param>
    /// <returns>The leaf as it was; null when it was no longer open.</returns>
    public LeafRow? Settle(UnitOfWork unit, UsageInquiry use, Delivered delivered, bool mayBeLost = false)
    {
        if (UsageTables.Find(unit, use) is not { State: LeafRow.Open } leaf)
        {
            return null;
        }

        if (delivered.Outcome == UsageOutcomes.Ok && Retries.IsRetry(unit, leaf, delivered.Digest))
        {
            delivered = delivered with { Outcome = UsageOutcomes.Retry };
        }

        if (mayBeLost || delivered.Outcome == UsageOutcomes.Cut)
        {
            interruptions.Mark(unit, leaf.Inquiry(), delivered);
            return leaf;
        }

        UsageTables.Settle(unit, use, delivered);
        if (delivered.Outcome == UsageOutcomes.Retry)
        {
            counts.GiveBack(unit, use.Role, leaf.AgreementId, use.Interval);
        }

        return leaf;
    }
}
