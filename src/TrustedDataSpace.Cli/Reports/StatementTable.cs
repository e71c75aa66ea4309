using System.Globalization;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Cli.Reports;

/// <summary>A statement for people: what it is about, its lines, the total.</summary>
internal static class StatementTable
{
    /// <summary>Lines of text, columns aligned.</summary>
    public static string Of(Statement statement)
    {
        var rows = statement.Lines.Select(Row).Prepend(["line", "quantity", "price", "amount"])
            .Append(["total", "", "", $"{Money(statement.Total)} {statement.Currency}"])
            .Concat((statement.Splits ?? []).Select(Split)).ToList();
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToList();
        return string.Join(
            Environment.NewLine,
            [
                $"agreement  {statement.AgreementId}",
                $"provider   {statement.ProviderId}",
                $"consumer   {statement.ConsumerId}",
                $"period     {Time(statement.From)} to {Time(statement.To)}",
                $"plan       {statement.PlanId} version {statement.PlanVersion}, {statement.PlanHash}",
                "",
                .. rows.Select(row => string.Join("  ", row.Select((text, column) => column == 0 ? text.PadRight(widths[column]) : text.PadLeft(widths[column]))).TrimEnd()),
            ]);
    }

    private static string[] Row(StatementLine line) =>
    [
        string.Join(' ', new[] { line.Component, line.Component is null ? line.Phase : null, line.Outcome, Kind(line) }.Where(text => text is not null)),
        line.Meter is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{line.Quantity:N0} {line.Meter}"),
        line.Price is { } price ? string.Create(CultureInfo.InvariantCulture, $"{Money(price)} per {line.UnitSize:N0}") : "",
        Money(line.Amount),
    ];

    private static string[] Split(StatementSplit split) =>
        [(split.Kind == StatementSplit.PlatformFee ? "platform fee of " : "share of ") + split.Party, "", "", Money(split.Amount)];

    private static string? Kind(StatementLine line) => line.Kind switch
    {
        StatementLineKinds.Use => null,
        StatementLineKinds.FreeQuota => "(free quota)",
        StatementLineKinds.FreePurpose => "(free purpose)",
        StatementLineKinds.NotBilled => "(not billed)",
        StatementLineKinds.Rounding => "rounding",
        StatementLineKinds.MinimumFee => "minimum fee",
        _ => line.Kind,
    };

    private static string Money(decimal amount) => amount.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);
}
