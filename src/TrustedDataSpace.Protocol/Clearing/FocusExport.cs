using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Clearing;

/// <summary>Settlements as CSV (RFC 4180) under the column names of the FinOps Open Cost and Usage Specification (FOCUS 1.2): a row for each charge.</summary>
public static class FocusExport
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/csv";

    private const string Day = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly (string Name, Func<Settlement, StatementLine, string?> Value)[] Columns =
    [
        ("BillingAccountId", (settlement, _) => settlement.Statement.ConsumerId),
        ("BillingCurrency", (settlement, _) => settlement.Statement.Currency),
        ("BillingPeriodStart", (settlement, _) => Time(settlement.Statement.From)),
        ("BillingPeriodEnd", (settlement, _) => Time(settlement.Statement.To)),
        ("InvoiceId", (settlement, _) => settlement.Id),
        ("InvoiceIssuerName", (settlement, _) => settlement.Statement.ProviderId),
        ("ProviderName", (settlement, _) => settlement.Statement.ProviderId),
        ("PublisherName", (settlement, _) => settlement.Statement.ProviderId),
        ("SubAccountId", (settlement, _) => settlement.Statement.AgreementId),
        ("ChargeCategory", (_, line) => Category(line)),
        ("ChargeClass", (settlement, _) => settlement.Corrections is null ? null : "Correction"),
        ("ChargeDescription", (_, line) => Description(line)),
        ("ChargeFrequency", (_, line) => Category(line) switch { "Usage" => "Usage-Based", "Purchase" => "Recurring", _ => "One-Time" }),
        ("ChargePeriodStart", (settlement, _) => Time(settlement.Statement.From)),
        ("ChargePeriodEnd", (settlement, _) => Time(settlement.Statement.To)),
        ("ConsumedQuantity", (_, line) => line.Meter is null ? null : Number(line.Quantity)),
        ("ConsumedUnit", (_, line) => Unit(line.Meter)),
        ("PricingCategory", (_, line) => line.Price is null ? null : "Standard"),
        ("PricingQuantity", (_, line) => line.UnitSize is { } size ? Number(line.Quantity / (decimal)size) : null),
        ("PricingUnit", (_, line) => line.UnitSize is { } size ? (size == 1 ? Unit(line.Meter) : $"{Number(size)} {Unit(line.Meter)}") : null),
        ("PricingCurrency", (settlement, _) => settlement.Statement.Currency),
        ("ListUnitPrice", (_, line) => line.Price is { } price ? Number(price) : null),
        ("ContractedUnitPrice", (_, line) => line.Price is { } price ? Number(price) : null),
        ("ListCost", (_, line) => Number(line.Amount)),
        ("ContractedCost", (_, line) => Number(line.Amount)),
        ("EffectiveCost", (_, line) => Number(line.Amount)),
        ("BilledCost", (_, line) => Number(line.Amount)),
        ("ServiceCategory", (_, _) => "Analytics"),
        ("ServiceName", (settlement, _) => settlement.Statement.PlanId),
        ("SkuId", (_, line) => line.Component),
        ("SkuPriceId", (settlement, line) => line.Component is null ? null : string.Create(CultureInfo.InvariantCulture, $"{settlement.Statement.PlanId}/{settlement.Statement.PlanVersion}/{line.Component}")),
    ];

    /// <summary>Writes settlements: of a first one its lines, of a correction what it changes, so that the sum of <c>BilledCost</c> is what is due for all.</summary>
    public static string Write(IEnumerable<Settlement> settlements)
    {
        ArgumentNullException.ThrowIfNull(settlements);
        var text = new StringBuilder().AppendJoin(',', Columns.Select(column => column.Name)).Append("\r\n");
        foreach (var settlement in settlements)
        {
            foreach (var line in settlement.Corrections ?? settlement.Statement.Lines)
            {
                text.AppendJoin(',', Columns.Select(column => Field(column.Value(settlement, line) ?? ""))).Append("\r\n");
            }
        }

        return text.ToString();
    }

    private static string Category(StatementLine line) => line.Kind switch
    {
        StatementLineKinds.Subscription or StatementLineKinds.MinimumFee => "Purchase",
        StatementLineKinds.Tax => "Tax",
        StatementLineKinds.Cap or StatementLineKinds.Rounding => "Adjustment",
        _ => "Usage",
    };

    private static string Description(StatementLine line) => string.Join(' ', new[] { line.Component, line.Phase, line.Outcome, line.Kind }.Where(part => part is not null));

    private static string? Unit(string? meter) => meter switch
    {
        null => null,
        _ when meter.StartsWith("tokens", StringComparison.Ordinal) => "Tokens",
        _ => char.ToUpperInvariant(meter[0]) + meter[1..],
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(Day, CultureInfo.InvariantCulture);

    private static string Number(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    // What a spreadsheet would take for a formula is no formula: names come from contracts of others.
    private static string Field(string text)
    {
        var isFormula = text is ['=' or '@' or '+' or '-', ..] && !decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out _);
        var plain = isFormula ? "'" + text : text;
        return plain.AsSpan().ContainsAny("\",\r\n") ? $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : plain;
    }
}
