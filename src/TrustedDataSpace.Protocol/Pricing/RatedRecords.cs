using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Brings the records of a statement down to one per interval of a flow, and refuses what must not be billed under it.</summary>
internal static class RatedRecords
{
    private static readonly string[] Outcomes =
        [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Denied, UsageOutcomes.Cut, UsageOutcomes.Retry];

    /// <summary>
    /// One record for each interval of each flow. The same record twice is one, and so are the equal records of both sides.
    /// </summary>
    /// <exception cref="RefusalException">Malformed, or Conflict when two records contradict each other: that is a dispute, and none of them is chosen.</exception>
    public static IReadOnlyList<UsageRecord> Select(AgreementParties parties, PricePlan plan, StatementPeriod period, IReadOnlyList<UsageRecord> records)
    {
        var named = new Dictionary<(string Source, string Id), UsageRecord>();
        var selected = new Dictionary<(string Flow, long Interval), UsageRecord>();
        foreach (var record in records)
        {
            Check(record, parties, plan, period);
            if (!named.TryAdd((record.Source, record.Id), record))
            {
                RequireSame(named[(record.Source, record.Id)], record);
            }

            if (!selected.TryAdd((record.Flow, record.Interval), record))
            {
                RequireSame(selected[(record.Flow, record.Interval)], record);
            }
        }

        return [.. selected.Values];
    }

    private static void Check(UsageRecord record, AgreementParties parties, PricePlan plan, StatementPeriod period)
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

        if (record.Counts.Any(c => c.Requests < 0 || c.Rows < 0 || c.Bytes < 0))
        {
            throw Refuse(RefusalCode.Malformed, record, "a count is negative");
        }

        if (record.Counts.FirstOrDefault(c => !Outcomes.Contains(c.Outcome)) is { } unknown)
        {
            throw Refuse(RefusalCode.Unsupported, record, $"the outcome \"{unknown.Outcome}\" is not known");
        }
    }

    private static void RequireSame(UsageRecord first, UsageRecord second)
    {
        if (!first.Matches(second))
        {
            throw Refuse(RefusalCode.Conflict, second, $"it contradicts the record {first.Id} of {first.Source}");
        }
    }

    private static RefusalException Refuse(RefusalCode code, UsageRecord record, string why) =>
        new(code, $"The usage record {record.Id} of {record.Source} cannot be rated: {why}.")
        {
            Term = "records",
            Where = $"{record.Flow}/{record.Interval}",
            Remedy = "Settle it apart from this statement, and rate the others.",
        };
}
