using System.CommandLine;
using TrustedDataSpace.Cli.Sources;

namespace TrustedDataSpace.Cli.Commands.Products;

/// <summary><c>tds source serve FOLDER</c>.</summary>
internal static class SourceServeCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Folder whose .csv files are served." };
        var port = new Option<int>("--port") { Description = "Port on loopback.", DefaultValueFactory = _ => 8191 };
        var command = new Command("serve", "Serve a folder of CSV files on loopback, to whoever has its credential: your connector. In the foreground, until Ctrl+C.") { folder, port };
        command.SetAction(async (parsed, cancellation) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            await using var source = await FolderSource.StartAsync(parsed.GetValue(folder)!, parsed.GetValue(port));
            foreach (var file in source.Files)
            {
                await output.WriteLineAsync($"serving {file.Name}: offer it with 'tds product publish --csv {file.Path} --config FILE'");
            }

            await output.WriteLineAsync($"listening on {source.Url}; the credential is in {source.AccessFile} (mode 0600)");
            await Stop.WaitAsync(cancellation);
            return ExitCode.Ok;
        });
        return command;
    }
}
