using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Puts the prices of an agreement's plan on what was recorded.</summary>
public static class Rating
{
    /// <summary>The largest quantity on a line: beyond it JSON numbers lose digits.</summary>
    public const long MaxQuantity = (1L << 53) - 1;

    /// <summary>Why a record cannot be rated by a plan, whatever else there is of its period; null: it can.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="parties">Whose agreement it is.</param>
    /// <param name="record">A verified record.</param>
    public static RefusalException? Fault(PricePlan plan, AgreementParties parties, UsageRecord record)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(record);
        try
        {
            var rater = new StatementRater(plan, plan.Hash, parties, record.From, record.To);
            rater.Add(record);
            rater.Statement();
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal;
        }
    }

    /// <summary>
    /// Makes the statement of a period of records in any order, all held in memory; <see cref="StatementRater"/> takes any number in order
    /// of time. Free quotas, caps, subscription and minimum fee count once for the period that is given: both parties must give the same one.
    /// </summary>
    /// <param name="plan">The plan, as <see cref="PricePlan.From"/> reads it from the agreement.</param>
    /// <param name="planHash">The hash of the plan that the parties agreed on.</param>
    /// <param name="parties">Whose agreement it is.</param>
    /// <param name="records">Verified records of either side or both; duplicates count once, their order does not matter.</param>
    /// <param name="from">The beginning of the period, a full minute.</param>
    /// <param name="to">The end of the period, not included.</param>
    /// <exception cref="RefusalException">Conflict, Malformed or Unsupported: which record, and why. TooLarge: a sum is beyond what can be written exactly.</exception>
    public static Statement Statement(
        PricePlan plan, string planHash, AgreementParties parties, IReadOnlyList<UsageRecord> records, DateTimeOffset from, DateTimeOffset to)
    {
        ArgumentNullException.ThrowIfNull(records);
        var rater = new StatementRater(plan, planHash, parties, from, to);
        var named = new Dictionary<(string Source, string Id), UsageRecord>();
        foreach (var record in records.OrderBy(r => r.Interval))
        {
            if (!named.TryAdd((record.Source, record.Id), record))
            {
                RatedRecords.RequireSame(named[(record.Source, record.Id)], record);
            }

            rater.Add(record);
        }

        return rater.Statement();
    }
}
