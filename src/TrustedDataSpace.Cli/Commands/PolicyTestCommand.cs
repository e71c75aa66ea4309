using System.CommandLine;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds policy test [FOLDER]</c>: the same tests as <c>opa test FOLDER</c>, with the engine that decides in the connectors.</summary>
internal static class PolicyTestCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER") { Description = "Folder with .rego files. Default: the policies that come with tds.", Arity = ArgumentArity.ZeroOrOne };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Show tests that pass, too." };
        var command = new Command("test", "Run the tests (rules named test_*) of policies in Rego.") { folder, verbose };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(folder) ?? Samples.Policies, parsed.GetValue(verbose), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(string folder, bool verbose, TextWriter output)
    {
        var modules = Read(folder);
        IReadOnlyList<RegoTestResult> results;
        try
        {
            results = RegoTestRunner.Run(modules);
        }
        catch (RegoCompileException failure)
        {
            await output.WriteLineAsync(failure.Message);
            return ExitCode.Failed;
        }

        foreach (var result in results.Where(result => verbose || !result.Passed))
        {
            await output.WriteLineAsync(result.ToString());
        }

        var failed = results.Count(result => !result.Passed);
        await output.WriteLineAsync($"{results.Count - failed} tests passed, {failed} failed ({modules.Count} files)");

        // Nothing tested is no success: the folder is probably the wrong one.
        return failed == 0 && results.Count > 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static List<RegoSource> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CannotStartException($"There is no folder {Path.GetFullPath(folder)}.");
        }

        var files = Directory.GetFiles(folder, "*.rego", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return [.. files.Select(file => new RegoSource(Path.GetRelativePath(folder, file), File.ReadAllText(file)))];
    }
}
