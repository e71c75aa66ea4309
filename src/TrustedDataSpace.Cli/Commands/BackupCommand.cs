using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds backup DIR</c> and <c>tds restore DIR</c>: the data folder of an authority or a connector, on its machine.</summary>
internal static class BackupCommand
{
    public static Command Backup()
    {
        var (target, data) = (new Argument<string>("DIR") { Description = "Where the backup goes: a folder that is new." }, DataFolder("The data folder of the service (Storage:Folder), which may run."));
        var command = new Command("backup", "Copy the data folder of a service while it runs. The master key is NOT in it: keep that apart, a restore needs both.") { target, data };
        command.SetAction(async (parsed, _) =>
        {
            var count = Guarded(() => DataBackup.Create(parsed.GetValue(data)!, parsed.GetValue(target)!, TimeProvider.System.GetUtcNow()));
            await parsed.InvocationConfiguration.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{count} files in {parsed.GetValue(target)}. The master key is not among them: keep it apart."));
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command Restore()
    {
        var (backup, data) = (new Argument<string>("DIR") { Description = "A backup." }, DataFolder("Where the data folder is to be: a folder without files of a service."));
        var command = new Command("restore", "Put a backup into a data folder. Its service must be stopped. Overwrites nothing.") { backup, data };
        command.SetAction(async (parsed, _) =>
        {
            var time = Guarded(() => DataBackup.Restore(parsed.GetValue(backup)!, parsed.GetValue(data)!));
            await parsed.InvocationConfiguration.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"restored as of {time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z. Put the master key in its place and start the service; an authority then collects what its log lacks from the members (tds log hold)."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Option<string> DataFolder(string description) => new("--folder") { Description = description, HelpName = "DATAFOLDER", Required = true };

    private static T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is InvalidOperationException or SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException(failure.Message, failure);
        }
    }
}
