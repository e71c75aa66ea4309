namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>The lines of use: those of each component that was used, its free part beside it, then what no component bills.</summary>
internal sealed class StatementLines
{
    private readonly PricePlan plan;
    private readonly List<StatementLine> lines = [];

    public StatementLines(PricePlan plan, UsageTotals totals)
    {
        this.plan = plan;
        for (var i = 0; i < plan.Components.Count; i++)
        {
            AddComponent(plan.Components[i], totals.Paid[i], totals.Free[i], totals.ByParty.GetValueOrDefault(i));
        }

        foreach (var ((meter, phase, outcome), total) in totals.NotBilled)
        {
            lines.Add(new StatementLine
            {
                Kind = StatementLineKinds.NotBilled,
                Meter = meter,
                Phase = phase,
                Outcome = outcome,
                Quantity = total.Quantity,
                Amount = plan.Rounding.Zero,
                Records = total.Records,
            });
        }

        if (plan.Subscription > 0)
        {
            Exact += ExactAmount.Of(plan.Subscription);
            lines.Add(new StatementLine { Kind = StatementLineKinds.Subscription, Quantity = 0, Amount = plan.Rounding.Zero + plan.Subscription, Records = 0 });
        }
    }

    public IReadOnlyList<StatementLine> Lines => lines;

    /// <summary>The sum of all lines before any rounding.</summary>
    public ExactAmount Exact { get; private set; } = ExactAmount.Zero;

    private void AddComponent(PriceComponent component, UsageTotal paid, UsageTotal free, SortedDictionary<string, UsageTotal>? byParty)
    {
        if (byParty is not null)
        {
            foreach (var (party, total) in byParty)
            {
                AddUse(component, total.Quantity, total.Records, party);
            }
        }
        else if (paid.Records > 0)
        {
            var withinQuota = Math.Min(paid.Quantity, component.FreeQuota);
            AddUse(component, paid.Quantity - withinQuota, paid.Records);
            if (withinQuota > 0)
            {
                lines.Add(Line(StatementLineKinds.FreeQuota, component, withinQuota, paid.Records));
            }
        }

        if (free.Records > 0)
        {
            lines.Add(Line(StatementLineKinds.FreePurpose, component, free.Quantity, free.Records));
        }
    }

    private void AddUse(PriceComponent component, long quantity, long records, string? party = null)
    {
        var (exact, rounded) = (ExactAmount.Zero, plan.Rounding.Zero);
        foreach (var (part, price) in component.ByTier(quantity))
        {
            var cost = component.Cost(part, price);
            var amount = plan.Rounding.Round(cost);
            exact += cost;
            rounded += amount;
            lines.Add(Line(StatementLineKinds.Use, component, part, records) with { Party = party, UnitSize = component.UnitSize, Price = price, Amount = amount });
        }

        // Per line it is the rounded lines that must not exceed the cap, per invoice the exact sum.
        if (component.Cap is { } cap && (exact.IsAbove(cap) || rounded > cap))
        {
            lines.Add(Line(StatementLineKinds.Cap, component, 0, 0) with { Amount = cap - rounded });
            exact = exact.IsAbove(cap) ? ExactAmount.Of(cap) : exact;
        }

        Exact += exact;
    }

    private StatementLine Line(string kind, PriceComponent component, long quantity, long records) => new()
    {
        Kind = kind,
        Component = component.Id,
        Meter = component.Meter,
        Phase = component.Phase,
        Quantity = quantity,
        Amount = plan.Rounding.Zero,
        Records = records,
    };
}
