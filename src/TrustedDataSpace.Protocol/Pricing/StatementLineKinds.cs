namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>What a line of a statement is.</summary>
public static class StatementLineKinds
{
    /// <summary>Use at the price of a component.</summary>
    public const string Use = "use";

    /// <summary>Use within the free quota of a component; its amount is 0.</summary>
    public const string FreeQuota = "freeQuota";

    /// <summary>Use of a component for a purpose that is free; its amount is 0.</summary>
    public const string FreePurpose = "freePurpose";

    /// <summary>Use that no component of the meter bills: a retry, a refusal, a phase without a price; its amount is 0.</summary>
    public const string NotBilled = "notBilled";

    /// <summary>What a component costs less because of its cap; negative.</summary>
    public const string Cap = "cap";

    /// <summary>The fixed fee of the period.</summary>
    public const string Subscription = "subscription";

    /// <summary>The tax on all lines before it; its name stands in the place of the component.</summary>
    public const string Tax = "tax";

    /// <summary>What rounding once per invoice adds to the rounded lines, or takes from them.</summary>
    public const string Rounding = "rounding";

    /// <summary>What is missing to the minimum fee.</summary>
    public const string MinimumFee = "minimumFee";
}
