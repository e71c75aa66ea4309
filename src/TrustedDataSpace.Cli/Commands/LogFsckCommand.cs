using System.CommandLine;
using System.Globalization;
using TrustedDataSpace.Authority.Evidence;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log fsck FOLDER</c>: the log as an authority keeps it.</summary>
internal static class LogFsckCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Data folder of the authority (Storage:Folder). Stop the authority before." };
        var command = new Command("fsck", "Check an authority's own log: tiles against rows against tree; names what is damaged, and changes nothing.") { folder };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(folder)!, parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(string folder, TextWriter output)
    {
        try
        {
            var (entries, faults) = LogCheck.Run(folder);
            foreach (var fault in faults)
            {
                await output.WriteLineAsync($"{fault.Place}: {fault.Message}");
            }

            await output.WriteLineAsync(faults.Count == 0
                ? string.Create(CultureInfo.InvariantCulture, $"{entries} entries: tiles, rows and tree agree")
                : string.Create(CultureInfo.InvariantCulture, $"DAMAGED: {faults.Count} faults"));
            return faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (InvalidOperationException failure)
        {
            throw new CannotStartException(failure.Message, failure);
        }
    }
}
