namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// What a prepaid plan may not say. The price of a use is taken from the balance before it flows: so it must be known then, and be the same
/// whatever else is used in the period.
/// </summary>
internal static class PlanPrepaid
{
    private const string Why = "a prepaid use costs the same whatever else is used, so that its price can be taken before it flows";

    public static void Check(PricePlan plan, PlanProblems problems)
    {
        if (!plan.Prepaid)
        {
            return;
        }

        Refuse("subscription", plan.Subscription > 0);
        Refuse("minimumFee", plan.MinimumFee > 0);
        if (plan.EffectiveFrom is not null || plan.EffectiveTo is not null)
        {
            problems.Unsupported(plan.EffectiveFrom is null ? "effectiveTo" : "effectiveFrom", "use outside of that time would have no price to be taken", "leave it out, and limit the time by terms of the contract");
        }

        for (var i = 0; i < plan.Components.Count; i++)
        {
            var (component, place) = (plan.Components[i], $"components[{i}]");
            Refuse($"{place}.tiers", component.Tiers.Count > 1);
            Refuse($"{place}.parts", component.Parts == PriceComponent.Whole);
            Refuse($"{place}.freeQuota", component.FreeQuota > 0);
            Refuse($"{place}.cap", component.Cap is not null);
        }

        void Refuse(string place, bool isGiven)
        {
            if (isGiven)
            {
                problems.Unsupported(place, Why, "leave it out, or prepaid");
            }
        }
    }
}
