using System.Text.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Reads a price plan and notes all that is wrong with it.</summary>
internal static class PlanReader
{
    private const string PartyWord = "party";
    private const long MaxUnits = 1_000_000_000_000;

    private static readonly string[] Phases = [UsagePhase.Train, UsagePhase.Infer, UsagePhase.Other];

    // Errors are the source's fault, a denied request got nothing, and a retry was billed the first time: no plan may bill them.
    private static readonly string[] Billable = [UsageOutcomes.Ok, UsageOutcomes.Cut, UsageOutcomes.Miss];

    public static PricePlan Read(JsonElement element, PlanProblems problems)
    {
        var plan = new PlanObject(element, "", problems);
        var rounding = ReadRounding(plan.Object("rounding"));
        var moneyScale = problems.At("rounding") ? RoundingRule.MaxScale : rounding.Scale;
        var read = new PricePlan(element)
        {
            Id = plan.Text("id"),
            Version = plan.Whole("version", 1, int.MaxValue),
            Currency = plan.Text("currency"),
            EffectiveFrom = plan.OptionalTime("effectiveFrom"),
            EffectiveTo = plan.OptionalTime("effectiveTo"),
            Components = [.. plan.Objects("components", PricePlan.MaxComponents).Select(c => ReadComponent(c, moneyScale))],
            MinimumFee = plan.OptionalMoney("minimumFee", moneyScale) ?? 0,
            Subscription = plan.OptionalMoney("subscription", moneyScale) ?? 0,
            Tax = plan.OptionalObject("tax") is { } tax ? PlanSplits.ReadTax(tax) : null,
            Splits = plan.OptionalObject("splits") is { } splits ? PlanSplits.Read(splits) : null,
            FreePurposes = plan.OptionalTexts("freePurposes", PricePlan.MaxFreePurposes) ?? [],
            Prepaid = plan.OptionalFlag("prepaid") ?? false,
            Rounding = rounding,
        };
        plan.End();
        CheckCurrency(read, problems);
        CheckEffective(read, problems);
        CheckComponents(read.Components, problems);
        PlanPrepaid.Check(read, problems);
        return read;
    }

    private static PriceComponent ReadComponent(PlanObject component, int moneyScale)
    {
        var meter = component.Word("meter", PriceMeters.All);
        var unitSize = component.Whole("unitSize", 1, MaxUnits);
        var parts = component.OptionalWord("parts", [PriceComponent.Proportional, PriceComponent.Whole]) ?? PriceComponent.Proportional;
        var (mode, tiers) = PlanTiers.Read(component, parts == PriceComponent.Whole ? unitSize : 1, MaxUnits);
        var read = new PriceComponent
        {
            Id = component.Text("id"),
            Meter = meter,
            UnitSize = unitSize,
            Tiers = tiers,
            TierMode = mode,
            Parts = parts,
            Cap = component.OptionalMoney("cap", moneyScale),
            Phase = component.OptionalWord("phase", Phases),
            Outcomes = component.OptionalTexts("outcomes", Billable.Length) is { } named ? CheckOutcomes(component, named) : PriceMeters.OutcomesBilled(meter),
            FreeQuota = component.OptionalWhole("freeQuota", 0, MaxUnits) ?? 0,
            PerParty = component.OptionalWord("per", [PartyWord]) is not null,
        };
        if (read.PerParty && (read.Meter is not (PriceMeters.TokensData or PriceMeters.Rows) || read.Tiers.Count > 1 || read.FreeQuota > 0 || read.Cap is not null))
        {
            component.Unsupported("per", "only retrieved data at one price is billed by party", $"use the meter {PriceMeters.TokensData} or {PriceMeters.Rows}, without tiers, free quota and cap");
        }

        // Nothing was retrieved: whose it would have been, nobody counts.
        if (read.PerParty && read.Outcomes.Contains(UsageOutcomes.Miss))
        {
            component.Unsupported("outcomes", $"a {UsageOutcomes.Miss} has delivered nobody's data, so it is not billed by party", $"leave out {UsageOutcomes.Miss}, or per");
        }

        component.End();
        return read;
    }

    private static RoundingRule ReadRounding(PlanObject rounding)
    {
        var read = new RoundingRule
        {
            Per = rounding.Word("per", [RoundingRule.PerLine, RoundingRule.PerInvoice]),
            Mode = rounding.Word("mode", [RoundingRule.HalfUp, RoundingRule.HalfEven]),
            Scale = (int)rounding.Whole("scale", 0, RoundingRule.MaxScale),
        };
        rounding.End();
        return read;
    }

    private static IReadOnlyList<string> CheckOutcomes(PlanObject component, IReadOnlyList<string> named)
    {
        foreach (var outcome in named.Except(Billable))
        {
            component.Unsupported("outcomes", $"\"{outcome}\" is never billed", $"write some of {string.Join(", ", Billable)}");
        }

        return named;
    }

    private static void CheckCurrency(PricePlan plan, PlanProblems problems)
    {
        if (plan.Currency.Length > 0 && !Currencies.Contains(plan.Currency))
        {
            problems.Unsupported("currency", $"\"{plan.Currency}\" is not a currency of ISO 4217", "write a code such as CNY");
        }
    }

    // Records are rated whole: a limit within an interval could be met by none.
    private static void CheckEffective(PricePlan plan, PlanProblems problems)
    {
        foreach (var (name, time) in new[] { ("effectiveFrom", plan.EffectiveFrom), ("effectiveTo", plan.EffectiveTo) })
        {
            if (time is { } limit && !StatementPeriod.IsBorder(limit))
            {
                problems.Unsupported(name, "it lies within a minute, and use is recorded by the minute", "write a full minute");
            }
        }

        if (plan.EffectiveFrom >= plan.EffectiveTo)
        {
            problems.Malformed("effectiveTo", "the plan ends before it begins", "write a time after effectiveFrom");
        }
    }

    private static void CheckComponents(IReadOnlyList<PriceComponent> components, PlanProblems problems)
    {
        for (var i = 0; i < components.Count; i++)
        {
            var (component, place) = (components[i], $"components[{i}]");
            if (component.Id.Length > 0 && components.Take(i).Any(c => c.Id == component.Id))
            {
                problems.Malformed($"{place}.id", $"\"{component.Id}\" names two components", "give each its own name");
            }

            // What was not understood overlaps with nothing yet.
            var other = Enumerable.Range(0, i).FirstOrDefault(j => components[j].Overlaps(component) && !problems.At($"components[{j}]"), -1);
            if (other >= 0 && !problems.At(place))
            {
                problems.Unsupported(place, $"it bills use that components[{other}] bills too: the same meter, phase and outcome", "give each use one price per meter");
            }
        }
    }
}
