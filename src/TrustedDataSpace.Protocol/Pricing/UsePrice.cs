using System.Numerics;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// What single uses cost by a prepaid plan, in billionths of its currency, tax included: for whoever takes the price of a use from a balance
/// while it flows. A statement rounds as its plan says; here each use costs its exact price, rounded up to the billionth.
/// </summary>
public sealed class UsePrice
{
    /// <summary>Billionths of one unit of the currency.</summary>
    public const long PerUnit = 1_000_000_000;

    /// <summary>A balance is below so much of its currency: beyond it billionths do not fit.</summary>
    public const decimal Limit = 9_000_000_000m;

    private readonly PricePlan plan;
    private readonly IReadOnlyList<Rate> rates;

    private UsePrice(PricePlan plan)
    {
        this.plan = plan;
        var tax = ExactAmount.Of(1 + (plan.Tax?.Rate ?? 0));
        rates = [.. plan.Components.Select(component => Rate.Of(component, tax))];
    }

    /// <summary>The prices of a plan; null where it is not prepaid.</summary>
    public static UsePrice? Of(PricePlan? plan) => plan is { Prepaid: true } ? new UsePrice(plan) : null;

    /// <summary>The currency.</summary>
    public string Currency => plan.Currency;

    /// <summary>Whether some AI tokens have a price.</summary>
    public bool CountsTokens => plan.Components.Any(component => PriceMeters.IsTokens(component.Meter));

    /// <summary>Whether bytes have a price.</summary>
    public bool CountsBytes => plan.Components.Any(component => component.Meter == PriceMeters.Bytes);

    /// <summary>Whether anything used for that purpose has a price.</summary>
    public bool IsPriced(string purpose) => !plan.FreePurposes.Contains(purpose) && rates.Any(rate => rate.Component.Phase is null || rate.Component.Phase == UsagePhase.Of(purpose));

    /// <summary>What a request for that purpose costs by being one, whatever it delivers.</summary>
    public long OfRequest(string purpose) => Most(new UsageCounts { Purpose = purpose, Outcome = "", Requests = 1, Rows = 0, Bytes = 0, TokensIn = 0, TokensOut = 0, TokensData = 0 })!.Value;

    /// <summary>The highest <see cref="OfRequest"/> of all purposes.</summary>
    public long OfAnyRequest => rates.Where(rate => rate.Component.Meter == PriceMeters.Requests).Select(rate => rate.Cost(1)).DefaultIfEmpty().Max();

    /// <summary>What use that is under way costs at most, by what is counted of it so far: however it ends, and as if no input came from a cache.</summary>
    /// <returns>Null: a count that has a price is not known.</returns>
    public long? Most(UsageCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (!IsPriced(counts.Purpose))
        {
            return 0;
        }

        var total = 0L;
        foreach (var meter in rates.GroupBy(rate => rate.Component.Meter == PriceMeters.TokensCached ? PriceMeters.TokensIn : rate.Component.Meter))
        {
            var fitting = meter.Where(rate => rate.Component.Phase is null || rate.Component.Phase == counts.Phase).ToList();
            if (fitting.Count == 0)
            {
                continue;
            }

            if ((meter.Key == PriceMeters.TokensIn ? counts.TokensIn : PriceMeters.Of(counts, meter.Key)) is not { } quantity)
            {
                return null;
            }

            total = Add(total, fitting.Max(rate => rate.Cost(quantity)));
        }

        return total;
    }

    /// <summary>What use that has ended costs.</summary>
    /// <returns>Null: a count that has a price is not known.</returns>
    public long? Of(UsageCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (plan.FreePurposes.Contains(counts.Purpose))
        {
            return 0;
        }

        var total = 0L;
        foreach (var rate in rates.Where(rate => rate.Component.Bills(counts.Phase, counts.Outcome)))
        {
            if (PriceMeters.Of(counts, rate.Component.Meter) is not { } quantity)
            {
                return null;
            }

            total = Add(total, rate.Cost(quantity));
        }

        return total;
    }

    /// <summary>An amount in billionths.</summary>
    /// <exception cref="OverflowException">It is not below <see cref="Limit"/>.</exception>
    public static long Billionths(decimal amount) => amount < Limit ? (long)(amount * PerUnit) : throw new OverflowException();

    /// <summary>Billionths as an amount.</summary>
    public static decimal Amount(long billionths) => (decimal)billionths / PerUnit;

    // Beyond all there can be in a balance it is all the same how much it is.
    private static long Add(long one, long other) => one > long.MaxValue - other ? long.MaxValue : one + other;

    private readonly record struct Rate(PriceComponent Component, BigInteger Numerator, BigInteger Denominator)
    {
        public static Rate Of(PriceComponent component, ExactAmount tax)
        {
            var price = ExactAmount.Of(component.Tiers[0].Price);
            return new Rate(component, price.Numerator * tax.Numerator * PerUnit, price.Denominator * tax.Denominator * component.UnitSize);
        }

        public long Cost(long quantity)
        {
            var cost = ((Numerator * quantity) + Denominator - 1) / Denominator;
            return cost < long.MaxValue ? (long)cost : long.MaxValue;
        }
    }
}
