using System.Globalization;
using TrustedDataSpace.Conformance.Dsp.Driver;
using TrustedDataSpace.Conformance.Dsp.Kit;

namespace TrustedDataSpace.Conformance.Dsp;

/// <summary>The programs in this test project: the connector for the public kit, and the counterpart against the connector.</summary>
internal static class DspCommands
{
    public const string Drive = "dsp";
    public const string Counterpart = "dsp-counterpart";

    /// <summary>Runs the connector until it is told to stop.</summary>
    public static async Task<int> DriveAsync(DriverOptions options)
    {
        var folder = FolderOf(options);
        using var stopped = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stopped.Cancel();
        };
        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.Cancel();
        });
        await using var driver = await ConnectorDriver.StartAsync(options, folder, Console.Out);
        await Console.Out.WriteLineAsync($"tck-config: {driver.ConfigurationFile}");
        await Task.Delay(Timeout.Infinite, stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    /// <summary>Runs the counterpart against a connector of its own, and prints a table in Markdown.</summary>
    /// <returns>0: every test passed in every run, and the specification was kept beyond what the kit looks at.</returns>
    public static async Task<int> CounterpartAsync(DriverOptions options)
    {
        await using var driver = await ConnectorDriver.StartAsync(options, FolderOf(options), Console.Error);
        await using var kit = await Kit.Kit.StartAsync(KitSettings.Read(driver.ConfigurationFile));
        await Console.Out.WriteLineAsync("| run | passed | failed | remarks | seconds |\n|---|---|---|---|---|");
        var good = true;
        for (var run = 1; run <= options.Runs; run++)
        {
            var results = new List<KitResult>();
            foreach (var test in KitCase.All.Where(test => test.Id.StartsWith(options.Only, StringComparison.Ordinal)))
            {
                results.Add(await kit.RunAsync(test));
                good &= await IsGoodAsync(results[^1]);
            }

            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {run} | {results.Count(result => result.Failure is null)} | {results.Count(result => result.Failure is not null)} | {results.Sum(result => result.Remarks.Count)} | {results.Sum(result => result.Time.TotalSeconds):0.0} |"));
        }

        return good ? 0 : 1;
    }

    private static async Task<bool> IsGoodAsync(KitResult result)
    {
        var isGood = result.Failure is null && result.Remarks.Count == 0;
        if (!isGood)
        {
            await Console.Error.WriteLineAsync($"{result.Id}: {result.Failure} {string.Join("; ", result.Remarks)}");
        }

        return isGood;
    }

    private static string FolderOf(DriverOptions options) =>
        options.Data is { } folder ? Directory.CreateDirectory(folder).FullName : Directory.CreateTempSubdirectory("tds-conformance-").FullName;
}
