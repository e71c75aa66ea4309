using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// One version of a price plan. It never changes: an offer carries the whole plan under <see cref="Property"/>, so the hash of
/// the agreement pins it. What a plan names and this version cannot rate is refused, never passed over.
/// </summary>
public sealed class PricePlan
{
    /// <summary>The property of an offer or agreement that holds the plan.</summary>
    public const string Property = "tds:pricePlan";

    /// <summary>Most components of a plan.</summary>
    public const int MaxComponents = 64;

    /// <summary>Most free purposes of a plan.</summary>
    public const int MaxFreePurposes = 64;

    /// <summary>Most parties that share the revenue.</summary>
    public const int MaxShares = 32;

    /// <summary>Most decimals of a rate.</summary>
    public const int MaxRateDecimals = 8;

    /// <summary>Most decimals of a price.</summary>
    public const int MaxPriceDecimals = 12;

    /// <summary>Prices and the minimum fee are below this.</summary>
    public const decimal PriceLimit = 1_000_000_000_000m;

    internal PricePlan(JsonElement element)
    {
        Element = element.Clone();
        Hash = CanonicalJson.Hash(Element);
    }

    /// <summary>Its name; versions of one plan share it.</summary>
    public required string Id { get; init; }

    /// <summary>The number of the version, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>The currency of all prices and amounts: a code of ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Use before this time is not rated by the plan; null: no such limit.</summary>
    public DateTimeOffset? EffectiveFrom { get; init; }

    /// <summary>Use from this time on is not rated by the plan; null: no such limit.</summary>
    public DateTimeOffset? EffectiveTo { get; init; }

    /// <summary>The prices. No use is billed by two components of the same meter.</summary>
    public required IReadOnlyList<PriceComponent> Components { get; init; }

    /// <summary>What a statement period costs at least, used or not.</summary>
    public decimal MinimumFee { get; init; }

    /// <summary>The fixed fee of a statement period, used or not; 0 for none.</summary>
    public decimal Subscription { get; init; }

    /// <summary>The tax that is added; null for none.</summary>
    public TaxRule? Tax { get; init; }

    /// <summary>How the revenue is divided; null where it is all the provider's.</summary>
    public RevenueSplits? Splits { get; init; }

    /// <summary>Purposes that are never billed, compared as a whole.</summary>
    public required IReadOnlyList<string> FreePurposes { get; init; }

    /// <summary>Whether use is paid in advance: its price is taken from a balance before it flows, and nothing flows without.</summary>
    public bool Prepaid { get; init; }

    /// <summary>How amounts are rounded.</summary>
    public required RoundingRule Rounding { get; init; }

    /// <summary>The plan as it was written; the parsed parts are never written back.</summary>
    public JsonElement Element { get; }

    /// <summary>The hash over the canonical form (RFC 8785) of <see cref="Element"/>, <c>sha-256:…</c>.</summary>
    public string Hash { get; }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported, with every problem and its place.</exception>
    public static PricePlan Read(JsonElement element)
    {
        var problems = new PlanProblems();
        var plan = PlanReader.Read(element, problems);
        problems.ThrowIfAny();
        return plan;
    }

    /// <summary>The plan of an offer or agreement; null when it has none.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported, with every problem and its place.</exception>
    public static PricePlan? From(PolicyDocument policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.Extension(Property) is { } element ? For(element, policy) : null;
    }

    /// <summary>A plan for what a contract counts, agreed in it or not.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported, with every problem and its place.</exception>
    public static PricePlan For(JsonElement element, PolicyDocument policy)
    {
        var plan = Read(element);

        var meter = MeterRule.From(policy);
        var problems = new PlanProblems();

        // A contract that counts requests records no rows: a price on them would bill nothing, for ever and without a word.
        if (plan.Components.Any(c => c.Meter == PriceMeters.Rows) && meter is not { CountsRows: true })
        {
            problems.Unsupported(
                "components",
                "rows are priced, but the contract does not count rows",
                $"add {MeterRule.Property} with the unit \"row\", or price requests or bytes");
        }

        if (plan.Components.FirstOrDefault(c => PriceMeters.IsTokens(c.Meter) && !PriceMeters.IsCounted(meter, c.Meter)) is { } uncounted)
        {
            problems.Unsupported("components", $"{uncounted.Meter} are priced, but the contract does not count them", $"add {MeterRule.Property} with the unit \"token\" and a format that has them, or price requests, rows or bytes");
        }

        for (var i = 0; i < plan.Components.Count; i++)
        {
            if (plan.Components[i].PerParty)
            {
                CheckParties(plan.Components[i], $"components[{i}].per", meter, problems);
            }
        }

        problems.ThrowIfAny();
        return plan;
    }

    // What cannot be told apart by party would be recorded, and settled never.
    private static void CheckParties(PriceComponent component, string place, MeterRule? meter, PlanProblems problems)
    {
        if (meter?.Chunks?.Party is null)
        {
            problems.Unsupported(place, "the contract does not count whose data is retrieved", $"name party and parties in the chunks of {MeterRule.Property}, or leave it out");
        }
        else if (component.Meter == PriceMeters.Rows && meter.ValuesPerRecord != 1)
        {
            problems.Unsupported(place, $"a record counts as {meter.ValuesPerRecord} rows, and parties are counted by records", $"set valuesPerRecord to 1, or price {PriceMeters.TokensData} by party");
        }
    }
}
