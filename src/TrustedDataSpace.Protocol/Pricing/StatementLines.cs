using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>The lines of use: one per component that was used, its free part beside it, then what no component bills.</summary>
internal sealed class StatementLines
{
    private readonly PricePlan plan;
    private readonly List<StatementLine> lines = [];

    public StatementLines(PricePlan plan, IReadOnlyList<UsageRecord> records)
    {
        this.plan = plan;
        var uses = records.SelectMany(record => record.Counts.Select(counts => new Use(record, counts))).ToList();
        foreach (var component in plan.Components)
        {
            AddComponent(component, uses.FindAll(use => component.Bills(use.Counts)));
        }

        foreach (var meter in plan.Components.Select(c => c.Meter).Distinct().Order(StringComparer.Ordinal))
        {
            var components = plan.Components.Where(c => c.Meter == meter).ToList();
            AddNotBilled(meter, uses.FindAll(use => !components.Exists(c => c.Bills(use.Counts))));
        }
    }

    public IReadOnlyList<StatementLine> Lines => lines;

    /// <summary>The sum of all lines before any rounding.</summary>
    public ExactAmount Exact { get; private set; } = ExactAmount.Zero;

    private void AddComponent(PriceComponent component, List<Use> uses)
    {
        var free = uses.FindAll(use => plan.FreePurposes.Contains(use.Counts.Purpose));
        var paid = uses.FindAll(use => !plan.FreePurposes.Contains(use.Counts.Purpose));
        if (paid.Count > 0)
        {
            var used = Quantity(paid, component.Meter);
            var withinQuota = Math.Min(used, component.FreeQuota);
            var exact = ExactAmount.Of(used - withinQuota, component.Price, component.UnitSize);
            Exact += exact;
            lines.Add(Line(StatementLineKinds.Use, component, used - withinQuota, paid) with
            {
                UnitSize = component.UnitSize,
                Price = component.Price,
                Amount = plan.Rounding.Round(exact),
            });
            if (withinQuota > 0)
            {
                lines.Add(Line(StatementLineKinds.FreeQuota, component, withinQuota, paid));
            }
        }

        if (free.Count > 0)
        {
            lines.Add(Line(StatementLineKinds.FreePurpose, component, Quantity(free, component.Meter), free));
        }
    }

    private void AddNotBilled(string meter, List<Use> uses)
    {
        foreach (var group in uses.GroupBy(use => (use.Counts.Phase, use.Counts.Outcome))
            .OrderBy(g => g.Key.Phase, StringComparer.Ordinal).ThenBy(g => g.Key.Outcome, StringComparer.Ordinal))
        {
            lines.Add(new StatementLine
            {
                Kind = StatementLineKinds.NotBilled,
                Meter = meter,
                Phase = group.Key.Phase,
                Outcome = group.Key.Outcome,
                Quantity = Quantity(group, meter),
                Amount = plan.Rounding.Zero,
                Records = Records(group),
            });
        }
    }

    private StatementLine Line(string kind, PriceComponent component, long quantity, List<Use> uses) => new()
    {
        Kind = kind,
        Component = component.Id,
        Meter = component.Meter,
        Phase = component.Phase,
        Quantity = quantity,
        Amount = plan.Rounding.Zero,
        Records = Records(uses),
    };

    private static long Quantity(IEnumerable<Use> uses, string meter) =>
        uses.Sum(use => PriceMeters.Of(use.Counts, meter)) is var sum and <= Rating.MaxQuantity ? sum : throw new OverflowException();

    // By reference: selection left one record for each interval of a flow.
    private static long Records(IEnumerable<Use> uses) => uses.DistinctBy(use => use.Record, ReferenceEqualityComparer.Instance).Count();

    private readonly record struct Use(UsageRecord Record, UsageCounts Counts);
}
