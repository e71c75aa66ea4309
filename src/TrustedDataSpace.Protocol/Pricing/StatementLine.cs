using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>One line of a statement. Every recorded unit of a priced meter stands on exactly one line, billed or not.</summary>
public sealed record StatementLine
{
    /// <summary>What the line is, one of <see cref="StatementLineKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The component of the plan, or the name of the tax; null where none applies.</summary>
    public string? Component { get; init; }

    /// <summary>The meter, one of <see cref="PriceMeters"/>; null on lines that no use stands behind.</summary>
    public string? Meter { get; init; }

    /// <summary>Whose data was retrieved; null where the component is not billed by party.</summary>
    public string? Party { get; init; }

    /// <summary>The phase; null where the component covers all of them.</summary>
    public string? Phase { get; init; }

    /// <summary>The outcome that is not billed; null on other lines.</summary>
    public string? Outcome { get; init; }

    /// <summary>Units of the meter.</summary>
    public required long Quantity { get; init; }

    /// <summary>How many units the price is for; null where there is no price.</summary>
    public long? UnitSize { get; init; }

    /// <summary>The price of <see cref="UnitSize"/> units; null where there is none.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public decimal? Price { get; init; }

    /// <summary>The amount, with the decimals of the plan. Negative only where rounding or a cap takes away.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Amount { get; init; }

    /// <summary>How many flow-interval records stand behind the line.</summary>
    public required long Records { get; init; }
}
