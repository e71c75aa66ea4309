using System.Globalization;
using System.Security.Cryptography;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>A month of use, for training and for inference, and what it costs. The clock goes from morning to morning.</summary>
internal sealed class SettlementSteps(DemoSpace space)
{
    private const string Curves = "load_curve_96";

    // With the first, which an earlier step has read.
    private const int Slices = 30;
    private const int RepeatedDay = 10;
    private const decimal Total = 233.28m;

    public async Task<string> TrainAsync(CancellationToken cancellation)
    {
        var received = await space.FetchAsync(Curves, "", "training", cancellation);
        var expected = ContractedCurves.Of(string.Concat(LoadCurves.Lines(LoadCurves.FirstDay, LoadCurves.LastDay).Select(line => line + "\n")));
        Expect.Equal(expected, received, "the load curves of May");
        var days = LoadCurves.LastDay.DayNumber - LoadCurves.FirstDay.DayNumber + 1;
        return Text($"{ContractedCurves.Points} points × {days} days × {ContractedCurves.ValuesPerPoint} values = {ContractedCurves.Points * days * ContractedCurves.ValuesPerPoint:N0} rows, by a sandbox operator");
    }

    public async Task<string> InferAsync(CancellationToken cancellation)
    {
        for (var morning = 1; morning < Slices; morning++)
        {
            space.Clock.Set(space.At(days: morning, hour: 8, minute: 0));
            await FetchSliceAsync(morning, cancellation);
            if (morning == RepeatedDay)
            {
                await FetchSliceAsync(morning, cancellation);
            }
        }

        return Text($"{Slices} days × {ContractedCurves.Points} points × {ContractedCurves.ValuesPerPoint} values = {Slices * ContractedCurves.Points * ContractedCurves.ValuesPerPoint:N0} rows; {LoadCurves.FirstDay.AddDays(RepeatedDay):yyyy-MM-dd} came twice under one {RetryRule.Header}");
    }

    /// <summary>The period is the month of the contract by the shared clock; it must be over.</summary>
    public async Task<string> StateAsync(CancellationToken cancellation)
    {
        space.Clock.Set(space.At(days: Slices, hour: 0, minute: 10));
        var query = new StatementQuery { Agreement = space.Agreements[Curves], From = Time(space.At(0, 0, 0)), To = Time(space.At(Slices, 0, 0)) };
        var provider = await space.ProviderManagement.StatementAsync(query, cancellation);
        var consumer = await space.ConsumerManagement.StatementAsync(query, cancellation);
        Expect.That(provider.AsSpan().SequenceEqual(consumer), "the same bytes from both connectors", "other bytes");

        var statement = ProtocolJson.Read<Statement>(provider);
        Expect.Equal(Total, statement.Total, "the total");
        Expect.Equal("CNY", statement.Currency, "the currency");
        var repeated = statement.Lines.Single(line => line.Outcome == UsageOutcomes.Retry);
        Expect.Equal(0m, repeated.Amount, "the amount of the day that came twice");
        var billed = statement.Lines.Where(line => line.Kind == StatementLineKinds.Use)
            .Select(line => Text($"{line.Component} {line.Quantity:N0} rows at {line.Price} per {line.UnitSize:N0} = {line.Amount}"));
        return Text($"{string.Join("; ", billed)}; the repeated day {repeated.Quantity:N0} rows = {repeated.Amount}; total {statement.Total} {statement.Currency}; both connectors show the same bytes, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(provider))[..12]}…");
    }

    private async Task FetchSliceAsync(int morning, CancellationToken cancellation)
    {
        var day = LoadCurves.FirstDay.AddDays(morning);
        var date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var received = await space.FetchUnderKeyAsync(Curves, "?date=" + date, "slice-" + date, cancellation);
        Expect.Equal(ContractedCurves.Of(LoadCurves.Csv(day)), received, "the load curves of " + date);
    }

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH':'mm':'sszzz", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
