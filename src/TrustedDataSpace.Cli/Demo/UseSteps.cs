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
        var received = await space.FetchAsync("load_curve_96", $"?date={Day:yyyy-MM-dd}", "inference", cancellation);
        Expect.Equal(LoadCurves.Csv(Day), received, $"the load curves of {Day:yyyy-MM-dd}");
        return $"{LoadCurves.Points} usage points × {LoadCurves.QuarterHours} quarter-hours of {Day:yyyy-MM-dd}, equal to the source's";
    }

    private static string[][] Rows(string csv) =>
        [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split(','))];
}
