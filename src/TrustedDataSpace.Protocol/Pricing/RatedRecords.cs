using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Refuses the records that must not be billed under a statement.</summary>
internal static class RatedRecords
{
    private static readonly string[] Outcomes =
        [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Denied, UsageOutcomes.Cut, UsageOutcomes.Retry];

    /// <exception cref="RefusalException">Conflict, Malformed or Unsupported.</exception>
    public static void Check(UsageRecord record, AgreementParties parties, PricePlan plan, StatementPeriod period)
    {
        if (record.AgreementId != parties.AgreementId || record.ProviderId != parties.ProviderId || record.ConsumerId != parties.ConsumerId)
        {
            throw Refuse(RefusalCode.Conflict, record, $"it is not of agreement {parties.AgreementId} between {parties.ProviderId} and {parties.ConsumerId}");
        }

        if (record.Source != parties.ProviderId && record.Source != parties.ConsumerId)
        {
            throw Refuse(RefusalCode.Conflict, record, "its source is neither provider nor consumer");
        }

        // The number tells records apart and the time places them: if they could differ, one interval could be billed in two periods.
        if (UsageInterval.At(record.From) != record.Interval || !StatementPeriod.IsBorder(record.From) || record.To - record.From != UsageInterval.Length)
        {
            throw Refuse(RefusalCode.Malformed, record, "its times are not those of its interval");
        }

        if (!period.Holds(record))
        {
            throw Refuse(RefusalCode.Conflict, record, "it lies outside the period of the statement");
        }

        if (record.From < plan.EffectiveFrom || record.To > plan.EffectiveTo)
        {
            throw Refuse(RefusalCode.Conflict, record, $"the price plan {plan.Id} version {plan.Version} is not effective at its time");
        }

        if (record.Counts.Any(IsNegative))
        {
            throw Refuse(RefusalCode.Malformed, record, "a count is negative");
        }

        if (record.Counts.Any(c => c.TokensCached > c.TokensIn))
        {
            throw Refuse(RefusalCode.Malformed, record, "more tokens came from a cache than there were");
        }

        if ((record.TokenizerId is null || record.TokenizerVersion is null) && record.Counts.Any(c => (c.TokensIn ?? c.TokensCached ?? c.TokensOut ?? c.TokensData) is not null))
        {
            throw Refuse(RefusalCode.Malformed, record, "it counts tokens and does not say by which tokenizer");
        }

        if (!record.Counts.All(c => PartyTokens.AddUp(c.TokensDataBy, c.TokensData)))
        {
            throw Refuse(RefusalCode.Malformed, record, "the tokens of the parties do not add up to those of all retrieved data");
        }

        if (record.Counts.FirstOrDefault(c => !Outcomes.Contains(c.Outcome)) is { } unknown)
        {
            throw Refuse(RefusalCode.Unsupported, record, $"the outcome \"{unknown.Outcome}\" is not known");
        }
    }

    /// <exception cref="RefusalException">Conflict: the two contradict each other. That is a dispute, and none of them is chosen.</exception>
    public static void RequireSame(UsageRecord first, UsageRecord second)
    {
        if (!first.Matches(second))
        {
            throw Refuse(RefusalCode.Conflict, second, $"it contradicts the record {first.Id} of {first.Source}");
        }
    }

    public static RefusalException NotCounted(UsageRecord record, string meter) =>
        Refuse(RefusalCode.Conflict, record, $"its {meter} are not known, and what is not known is not billed as nothing");

    private static bool IsNegative(UsageCounts counts) =>
        counts.Requests < 0 || counts.Rows < 0 || counts.Bytes < 0 || counts.TokensIn < 0 || counts.TokensCached < 0 || counts.TokensOut < 0 || counts.TokensData < 0;

    private static RefusalException Refuse(RefusalCode code, UsageRecord record, string why) =>
        new(code, $"The usage record {record.Id} of {record.Source} cannot be rated: {why}.")
        {
            Term = "records",
            Where = $"{record.Flow}/{record.Interval}",
            Remedy = "Settle it apart from this statement, and rate the others.",
        };
}
