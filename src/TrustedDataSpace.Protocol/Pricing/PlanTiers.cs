namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Reads the prices of a component: one price, or tiers.</summary>
internal static class PlanTiers
{
    /// <param name="component">The component.</param>
    /// <param name="step">What the ends of graduated tiers are multiples of: a package cannot lie in two tiers.</param>
    /// <param name="maxUnits">The largest end of a tier.</param>
    public static (string Mode, IReadOnlyList<PriceTier> Tiers) Read(PlanObject component, long step, long maxUnits)
    {
        var mode = component.OptionalWord("tierMode", [PriceTier.Graduated, PriceTier.Volume]);
        if (component.OptionalObjects("tiers", PriceComponent.MaxTiers) is not { } tiers)
        {
            if (mode is not null)
            {
                component.Unsupported("tierMode", "there are no tiers", "give tiers, or leave it out");
            }

            return (PriceTier.Volume, [new PriceTier(null, component.Money("price", PricePlan.MaxPriceDecimals))]);
        }

        if (component.OptionalMoney("price", PricePlan.MaxPriceDecimals) is not null)
        {
            component.Unsupported("price", "there is a price, and there are tiers with theirs", "give one of the two");
        }

        if (mode is null)
        {
            component.Unsupported("tierMode", "there are tiers, and it is missing", $"write {PriceTier.Graduated} or {PriceTier.Volume}");
        }

        var read = new List<PriceTier>();
        for (var i = 0; i < tiers.Count; i++)
        {
            var tier = new PriceTier(tiers[i].OptionalWhole("upTo", 1, maxUnits), tiers[i].Money("price", PricePlan.MaxPriceDecimals));
            tiers[i].End();
            Check(tiers[i], tier, read, isLast: i == tiers.Count - 1, mode == PriceTier.Graduated ? step : 1);
            read.Add(tier);
        }

        // Stand-in of a list that was refused.
        return (mode ?? PriceTier.Graduated, read.Count > 0 ? read : [new PriceTier(null, 0)]);
    }

    private static void Check(PlanObject place, PriceTier tier, List<PriceTier> before, bool isLast, long step)
    {
        if (isLast && tier.UpTo is not null)
        {
            place.Unsupported("upTo", "what is used beyond the last tier has no price", "leave it out in the last tier");
        }
        else if (!isLast && tier.UpTo is null)
        {
            place.Unsupported("upTo", "the tier has no end, so it overlaps with the next", "give its last unit");
        }
        else if (tier.UpTo is { } end && before.Count > 0 && !(end > before[^1].UpTo))
        {
            place.Unsupported("upTo", "it is not above that of the tier before, so the two overlap", "let the ends rise");
        }
        else if (tier.UpTo % step is > 0)
        {
            place.Unsupported("upTo", "the tier ends within a package", $"write a multiple of {step}");
        }
    }
}
