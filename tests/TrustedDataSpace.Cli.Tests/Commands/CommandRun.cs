using TrustedDataSpace.Cli.Commands;

namespace TrustedDataSpace.Cli.Tests.Commands;

/// <summary>One run of the command line, with all it wrote.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await TdsCommand.RunAsync(arguments, output, error);
        return new CommandRun(code, output.ToString(), error.ToString());
    }
}
