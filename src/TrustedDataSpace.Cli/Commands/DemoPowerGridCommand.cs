using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using TrustedDataSpace.Cli.Demo;
using TrustedDataSpace.Cli.Reports;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds demo power-grid</c>.</summary>
internal static class DemoPowerGridCommand
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mmzzz"];

    public static Command Create()
    {
        var clock = new Option<DateTimeOffset?>("--clock")
        {
            Description = $"What the clock of the space shows at the beginning. Default: {PowerGridDemo.DefaultStart:yyyy-MM-dd'T'HH:mm:sszzz}.",
            HelpName = "TIME",
            CustomParser = ParseTime,
        };
        var json = new Option<bool>("--json") { Description = "Write the results as one JSON document." };
        var keep = Keep();
        var command = new Command("power-grid", "A grid company shares load curves with a virtual power plant: contracts, use, refusals, counts and evidence, over real HTTP in one process.")
        {
            clock, json, keep,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            PowerGridDemo.Checked(parsed.GetValue(clock) ?? PowerGridDemo.DefaultStart),
            parsed.GetValue(json),
            parsed.GetValue(keep),
            parsed.InvocationConfiguration,
            cancellation));
        return command;
    }

    /// <summary>The option to leave the space of a demonstration running.</summary>
    public static Option<bool> Keep() => new("--keep") { Description = "Leave the space running afterwards, until Ctrl+C, and print how to use it." };

    /// <summary>Prints how to use the space of a demonstration, which stays until Ctrl+C.</summary>
    public static async Task KeepAsync(string next, bool json, InvocationConfiguration console, CancellationToken cancellation)
    {
        await (json ? console.Error : console.Output).WriteLineAsync(next);
        await Stop.WaitAsync(cancellation);
    }

    /// <summary>Runs the steps of a demonstration and shows them as they come.</summary>
    public static async Task<(bool Passed, IReadOnlyList<StepResult> Results)> ShowAsync(
        DemoSpace space, IReadOnlyList<DemoStep> steps, bool json, InvocationConfiguration console, CancellationToken cancellation)
    {
        var results = await Report.For(console.Output, json).ShowAsync(steps, DemoRunner.RunAsync(steps, cancellation));
        var passed = results.All(result => result.Passed);
        if (!passed)
        {
            space.KeepFolder = true;
            await console.Error.WriteLineAsync($"State and logs are left in {space.Folder.Path}.");
        }

        return (passed, results);
    }

    // A time without a zone would be another one on each machine.
    private static DateTimeOffset? ParseTime(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        argument.AddError($"--clock '{text}' is no time with a zone, such as 2026-05-12T08:00:00+08:00.");
        return null;
    }

    private static async Task<int> RunAsync(DateTimeOffset start, bool json, bool keep, InvocationConfiguration console, CancellationToken cancellation)
    {
        await using var space = new DemoSpace(PowerGridDemo.Definition(), start);
        var steps = PowerGridDemo.Steps(space);
        var (passed, results) = await ShowAsync(space, steps, json, console, cancellation);

        if (keep && results[0].Passed)
        {
            await KeepAsync(NextCommands.After(space, "load_curve_96", "system_demand_48", "inference"), json, console, cancellation);
        }

        return passed ? ExitCode.Ok : ExitCode.Failed;
    }
}
