using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Puts the prices of an agreement's plan on what was recorded.</summary>
public static class Rating
{
    /// <summary>The largest quantity on a line: beyond it JSON numbers lose digits.</summary>
    public const long MaxQuantity = (1L << 53) - 1;

    /// <summary>
    /// Makes the statement of a period. Free quotas and the minimum fee count once for the period that is given: both parties must
    /// give the same one.
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
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(parties);
        ArgumentNullException.ThrowIfNull(records);
        if (plan.Hash != planHash)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The price plan is not the agreed one: its hash is {plan.Hash}, agreed was {planHash}.")
            {
                Term = PricePlan.Property,
                Remedy = "Rate with the plan in the agreement.",
            };
        }

        var period = new StatementPeriod(from, to);
        var rated = RatedRecords.Select(parties, plan, period, records);
        try
        {
            return Write(plan, parties, period, new StatementLines(plan, rated));
        }
        catch (OverflowException e)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"A quantity is above {MaxQuantity} or an amount has more than 26 digits: it cannot be written exactly.", e)
            {
                Term = "records",
                Remedy = "Rate a shorter period.",
            };
        }
    }

    private static Statement Write(PricePlan plan, AgreementParties parties, StatementPeriod period, StatementLines made)
    {
        var lines = made.Lines.ToList();
        var subtotal = lines.Aggregate(plan.Rounding.Zero, (sum, line) => sum + line.Amount);
        if (plan.Rounding.Per == RoundingRule.PerInvoice)
        {
            var rounded = plan.Rounding.Round(made.Exact);
            AddDifference(lines, StatementLineKinds.Rounding, rounded - subtotal);
            subtotal = rounded;
        }

        var total = subtotal;
        if (subtotal < plan.MinimumFee)
        {
            AddDifference(lines, StatementLineKinds.MinimumFee, plan.MinimumFee - subtotal);
            total += plan.MinimumFee - subtotal;
        }

        return new Statement
        {
            AgreementId = parties.AgreementId,
            ProviderId = parties.ProviderId,
            ConsumerId = parties.ConsumerId,
            PlanId = plan.Id,
            PlanVersion = plan.Version,
            PlanHash = plan.Hash,
            Currency = plan.Currency,
            From = period.From.ToUniversalTime(),
            To = period.To.ToUniversalTime(),
            Lines = lines,
            Subtotal = subtotal,
            Total = total,
        };
    }

    private static void AddDifference(List<StatementLine> lines, string kind, decimal amount)
    {
        if (amount != 0)
        {
            lines.Add(new StatementLine { Kind = kind, Quantity = 0, Amount = amount, Records = 0 });
        }
    }
}
