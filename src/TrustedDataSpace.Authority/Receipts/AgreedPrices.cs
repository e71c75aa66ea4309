using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>Whether use has the price that was agreed. What has none is a dispute: one interval must not hold up the others of its period.</summary>
internal static class AgreedPrices
{
    /// <summary>Why a record cannot be rated; null: it can, or the agreement has no plan that is rated with.</summary>
    public static string? Fault(UnitOfWork unit, string agreement, UsageRecord record)
    {
        var policy = FilingStore.Find(unit, agreement)!.ToFiling().Agreement;
        try
        {
            return PricePlan.From(policy) is { } plan ? Rating.Fault(plan, AgreementParties.Of(policy), record)?.Message : null;
        }
        catch (RefusalException)
        {
            // A plan that cannot be read rates nothing at all, and whoever settles is told so: it is no word about this record.
            return null;
        }
    }
}
