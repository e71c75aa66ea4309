using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>How a use that has a row ends: counted, as a retry, or not agreed on yet.</summary>
internal sealed class UseSettlement(Interruptions interruptions, ProviderCounts counts)
{
    /// <summary>Counts what was delivered. A use ends once: one that is no longer open stays as it is.</summary>
    /// <returns>The leaf as it was; null when it was no longer open.</returns>
    public LeafRow? Settle(UnitOfWork unit, UsageInquiry use, Delivered delivered)
    {
        if (UsageTables.Find(unit, use) is not { State: LeafRow.Open } leaf)
        {
            return null;
        }

        if (delivered.Outcome == UsageOutcomes.Cut)
        {
            interruptions.Mark(unit, leaf.Inquiry(), delivered);
        }
        else if (delivered.Outcome == UsageOutcomes.Ok && Retries.IsRetry(unit, leaf, delivered.Digest))
        {
            UsageTables.Settle(unit, use, delivered with { Outcome = UsageOutcomes.Retry });
            counts.GiveBack(unit, use.Role, leaf.AgreementId, use.Interval);
        }
        else
        {
            UsageTables.Settle(unit, use, delivered);
        }

        return leaf;
    }
}
