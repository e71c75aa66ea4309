using System.CommandLine;
using System.Text.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log export FILE</c>.</summary>
internal static class LogExportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Where to write the log." };
        var key = new Option<string?>("--key") { Description = "Also write the authority's public keys there. Keep that file apart from the log: it is what the log is checked against.", HelpName = "FILE" };
        var folder = new Option<bool>("--bundle") { Description = "Make FILE a folder with tiles, checkpoints, signed batches and keys: all that another verifier needs (docs/log-format.md)." };
        return Verb.ForOperator("export", "Write the whole evidence log to a file, for offline verification.", [file, key, folder], async call =>
        {
            var name = call.Get(file);
            if (call.Get(folder))
            {
                var head = await new LogBundleExport(call.Operator, name, call.Cancellation).RunAsync();
                await call.ShowAsync(new { Folder = Path.GetFullPath(name), head.Size, head.Root }, [$"{head.Size} entries in {name}", $"verify with: tds log verify {name} --key FILE"]);
                return ExitCode.Ok;
            }

            await using (var stream = File.Create(name))
            {
                await call.Operator.ExportEvidenceAsync(stream, call.Cancellation);
            }

            if (call.Get(key) is { } keys)
            {
                await File.WriteAllTextAsync(keys, JsonSerializer.Serialize(await call.Operator.KeysAsync(call.Cancellation), ReadableJson.Options), call.Cancellation);
            }

            await call.ShowAsync(
                new { File = Path.GetFullPath(name) },
                [$"{new FileInfo(name).Length} bytes in {name}", $"verify with: tds log verify {name}{(call.Get(key) is { } used ? $" --key {used}" : "")}"]);
            return ExitCode.Ok;
        });
    }
}
