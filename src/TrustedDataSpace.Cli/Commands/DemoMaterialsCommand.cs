using System.CommandLine;
using TrustedDataSpace.Cli.Demo.Materials;
using TrustedDataSpace.Cli.Reports;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds demo materials</c>.</summary>
internal static class DemoMaterialsCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Write the results as one JSON document." };
        var keep = DemoPowerGridCommand.Keep();
        var command = new Command("materials", "A maker of parts asks an alloy assistant, which answers from the reports of two providers and is paid by AI tokens: 640 calls, plain and streamed, counts, statement and evidence, over real HTTP in one process.")
        {
            json, keep,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var space = MaterialsDemo.Space();
            var (passed, results) = await DemoPowerGridCommand.ShowAsync(space, MaterialsDemo.Steps(space), parsed.GetValue(json), parsed.InvocationConfiguration, cancellation);
            if (parsed.GetValue(keep) && results[0].Passed)
            {
                await DemoPowerGridCommand.KeepAsync(NextCommands.After(space, MaterialsDemo.Product, MaterialsDemo.Product, AssistantSteps.Purpose), parsed.GetValue(json), parsed.InvocationConfiguration, cancellation);
            }

            return passed ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
