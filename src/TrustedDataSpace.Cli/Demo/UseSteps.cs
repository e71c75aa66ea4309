using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>The data, through both connectors.</summary>
internal sealed class UseSteps(DemoSpace space)
{
    private static readonly DateOnly Day = new(2026, 5, 1);

    public async Task<string> GrantAsync(CancellationToken cancellation)
    {
        var credential = await space.ConsumerManagement.GrantAsync(
            new ApplicationGrant
            {
                Name = "day-ahead forecast",
                Agreements = [.. space.Agreements.Values],
                Purposes = ["inference", "training"],
                Person = "Li Wei",
            },
            cancellation);
        space.Secret = credential.Secret;
        return $"application {credential.Id} may use {space.Agreements.Count} agreements; its secret is shown once";
    }

    public async Task<string> ReadDemandAsync(CancellationToken cancellation)
    {
        const int Days = 84;
        const int HalfHours = 48;
        var received = Rows(await space.FetchAsync("system_demand_48", "", "inference", cancellation));
        var measured = Rows(await File.ReadAllTextAsync(space.Definition.Source.DemandFile, cancellation));
        Expect.Equal(Days + 1, received.Length, "lines received, with the header");
        Expect.Equal(measured.Length, received.Length, "lines of the file");
        for (var row = 0; row < measured.Length; row++)
        {
            Expect.Equal(HalfHours + 1, measured[row].Length, $"values in line {row + 1} of the file");
            for (var column = 0; column < measured[row].Length; column++)
            {
                Expect.Equal(measured[row][column], received[row].ElementAtOrDefault(column), $"value {column + 1} of line {row + 1}");
            }
        }

        return $"{Days} rows, {Days * HalfHours} measured values, each equal to the provider's file";
    }

    public async Task<string> ReadCurvesAsync(CancellationToken cancellation)
    {
        space.FirstSlice = await space.FetchAsync("load_curve_96", $"?date={Day:yyyy-MM-dd}", "inference", cancellation);
        Expect.Equal(ContractedCurves.Of(LoadCurves.Csv(Day)), space.FirstSlice, $"the load curves of {Day:yyyy-MM-dd}");
        return $"{ContractedCurves.Points} usage points × {LoadCurves.QuarterHours} quarter-hours of {Day:yyyy-MM-dd}, equal to the source's";
    }

    /// <summary>The nine points that the contract leaves out: there at the source, not in what arrives, not on any meter.</summary>
    public async Task<string> SuppressAsync(CancellationToken cancellation)
    {
        var source = await space.AskSourceAsync($"/load_curve_96?date={Day:yyyy-MM-dd}", cancellation);
        var (small, unauthorised) = ContractedCurves.Suppressed(source);
        Expect.Equal((6, 3), (small.Count, unauthorised.Count), "usage points in groups of fewer than ten, and without authorisation, at the source");
        Expect.Equal(
            0, small.Concat(unauthorised).Count(point => space.FirstSlice.Contains(point, StringComparison.Ordinal)), "suppressed usage points in what was delivered");
        foreach (var connector in new[] { space.ProviderManagement, space.ConsumerManagement })
        {
            var counted = (await connector.UsageAsync(space.Agreements["load_curve_96"], cancellation)).Counts.Single(count => count.Purpose == "inference").Rows;
            Expect.Equal(ContractedCurves.Points * ContractedCurves.ValuesPerPoint, counted, "rows of the day on a meter");
        }

        var word = await CatalogWordAsync(cancellation);
        Expect.Equal("enforced", word, "what the catalog says about tds:delivery");
        return $"{Rows(source).Length - 1} points at the source: {small.Count} of a small group and {unauthorised.Count} without authorisation are neither delivered nor on either meter; the catalog said before signing: tds:delivery {word}";
    }

    // As anybody in the space reads it before there is a contract.
    private async Task<string> CatalogWordAsync(CancellationToken cancellation)
    {
        var found = await space.Operator.SearchAsync("负荷曲线", cancellation);
        var term = found.Items.Single(product => product.Id == "load_curve_96").Terms.Single(text => text.StartsWith("tds:delivery", StringComparison.Ordinal));
        return term[(term.LastIndexOf('(') + 1)..].TrimEnd(')');
    }

    private static string[][] Rows(string csv) =>
        [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split(','))];
}
