using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// Rates records as they come, in order of their intervals, and keeps none but those of the interval it is in: the memory of a statement
/// does not grow with its records. Not safe to share between threads.
/// </summary>
public sealed class StatementRater
{
    private readonly PricePlan plan;
    private readonly AgreementParties parties;
    private readonly StatementPeriod period;
    private readonly UsageTotals totals;
    private readonly Dictionary<string, UsageRecord> current = [];
    private long interval = long.MinValue;

    /// <param name="plan">The plan, as <see cref="PricePlan.From"/> reads it from the agreement.</param>
    /// <param name="planHash">The hash of the plan that the parties agreed on.</param>
    /// <param name="parties">Whose agreement it is.</param>
    /// <param name="from">The beginning of the period, a full minute.</param>
    /// <param name="to">The end of the period, not included.</param>
    /// <exception cref="RefusalException">Conflict: another plan; Malformed: the period.</exception>
    public StatementRater(PricePlan plan, string planHash, AgreementParties parties, DateTimeOffset from, DateTimeOffset to)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(parties);
        if (plan.Hash != planHash)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The price plan is not the agreed one: its hash is {plan.Hash}, agreed was {planHash}.")
            {
                Term = PricePlan.Property,
                Remedy = "Rate with the plan in the agreement.",
            };
        }

        this.plan = plan;
        this.parties = parties;
        period = new StatementPeriod(from, to);
        totals = new UsageTotals(plan);
    }

    /// <summary>Adds a record. One that says the same of the same interval of a flow as one before counts once, whichever side wrote it.</summary>
    /// <param name="record">A verified record; its interval is not before that of the one before.</param>
    /// <exception cref="ArgumentException">It is.</exception>
    /// <exception cref="RefusalException">Conflict, Malformed or Unsupported: it cannot be rated, or contradicts another; nothing of it was added, and others can be. TooLarge: a sum cannot be written exactly.</exception>
    public void Add(UsageRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Interval < interval)
        {
            throw new ArgumentException($"Interval {record.Interval} comes behind {interval}.", nameof(record));
        }

        RatedRecords.Check(record, parties, plan, period);
        if (record.Interval > interval)
        {
            interval = record.Interval;
            current.Clear();
        }

        if (!current.TryAdd(record.Flow, record))
        {
            RatedRecords.RequireSame(current[record.Flow], record);
            return;
        }

        try
        {
            totals.Add(record);
        }
        catch (OverflowException e)
        {
            throw TooLarge(e);
        }
    }

    /// <summary>The statement of what was added.</summary>
    /// <exception cref="RefusalException">TooLarge: a sum is beyond what can be written exactly.</exception>
    public Statement Statement()
    {
        try
        {
            return Write(new StatementLines(plan, totals));
        }
        catch (OverflowException e)
        {
            throw TooLarge(e);
        }
    }

    private static RefusalException TooLarge(OverflowException e) =>
        new(RefusalCode.TooLarge, $"A quantity is above {Rating.MaxQuantity} or an amount has more than 26 digits: it cannot be written exactly.", e)
        {
            Term = "records",
            Remedy = "Rate a shorter period.",
        };

    private Statement Write(StatementLines made)
    {
        var lines = made.Lines.ToList();
        var subtotal = lines.Aggregate(plan.Rounding.Zero, (sum, line) => sum + line.Amount);
        if (plan.Rounding.Per == RoundingRule.PerInvoice)
        {
            var rounded = plan.Rounding.Round(made.Exact);
            AddLine(lines, StatementLineKinds.Rounding, rounded - subtotal);
            subtotal = rounded;
        }

        var revenue = subtotal;
        if (subtotal < plan.MinimumFee)
        {
            AddLine(lines, StatementLineKinds.MinimumFee, plan.MinimumFee - subtotal);
            revenue += plan.MinimumFee - subtotal;
        }

        var tax = plan.Tax is null ? plan.Rounding.Zero : plan.Rounding.Round(ExactAmount.Of(revenue, plan.Tax.Rate));
        AddLine(lines, StatementLineKinds.Tax, tax, plan.Tax?.Name);
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
            Total = revenue + tax,
            Prepaid = plan.Prepaid ? true : null,
            Splits = plan.Splits is { } splits ? splits.Of(revenue, plan.Rounding, ByParty(lines)) : plan.Components.Any(c => c.PerParty) ? WithProvider(ByParty(lines), revenue) : null,
        };
    }

    private static IEnumerable<(string Party, decimal Amount)> ByParty(List<StatementLine> lines) =>
        lines.Where(line => line.Party is not null).GroupBy(line => line.Party!, StringComparer.Ordinal).OrderBy(part => part.Key, StringComparer.Ordinal)
            .Select(part => (part.Key, part.Sum(line => line.Amount)));

    // Each party gets what its lines come to; the provider what is left, or less, where rounding has taken it away.
    private List<StatementSplit> WithProvider(IEnumerable<(string Party, decimal Amount)> retrieved, decimal revenue)
    {
        var parts = retrieved.Select(part => new StatementSplit { Kind = StatementSplit.Retrieved, Party = part.Party, Amount = part.Amount }).ToList();
        parts.Add(new StatementSplit { Kind = StatementSplit.Share, Party = parties.ProviderId, Amount = revenue - parts.Sum(part => part.Amount) });
        return parts;
    }

    private static void AddLine(List<StatementLine> lines, string kind, decimal amount, string? component = null)
    {
        if (amount != 0)
        {
            lines.Add(new StatementLine { Kind = kind, Component = component, Quantity = 0, Amount = amount, Records = 0 });
        }
    }
}
