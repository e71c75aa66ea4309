using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Processes;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>
/// <c>tds authority run</c> and <c>tds connector run</c>: services in the foreground, by the same code as their own executables. A
/// participant that is in several spaces runs a connector in each, all in one process if it likes.
/// </summary>
internal static class RunCommand
{
    public static Command Authority() => Create<AuthoritySettings>(
        "Run the authority of a space.",
        "Settings file in JSON.",
        arguments => [SettingsLoader.Load<AuthoritySettings>(arguments)],
        AuthorityHost.Build);

    public static Command Connector() => Create<ConnectorSettings>(
        "Run a participant's connector, or one in each of several spaces.",
        "Settings file in JSON; given several times: one connector for each, in one process.",
        SettingsLoader.LoadAll<ConnectorSettings>,
        ConnectorHost.Build);

    private static Command Create<T>(
        string description, string file, Func<string[], IReadOnlyList<T>> load, Func<T, Action<WebApplicationBuilder>?, WebApplication> build)
        where T : ServiceSettings
    {
        var config = new Option<string[]>("--config")
        {
            Description = file + " Variables such as TDS_Listen__Url stand above it.",
            HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
            Required = true,
        };
        var command = new Command("run", description + " In the foreground, until Ctrl+C.") { config };
        command.SetAction(async (parsed, cancellation) =>
        {
            string[] arguments = [.. parsed.GetValue(config)!.SelectMany(name => new[] { "--config", name })];
            await using var services = await StartAsync(load(arguments), build, parsed.InvocationConfiguration.Output);
            return await services.WaitAsync(cancellation) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>Starts services, until they are disposed of.</summary>
    /// <exception cref="CannotStartException">Says why.</exception>
    public static async Task<ServiceGroup> StartAsync<T>(IReadOnlyList<T> settings, Func<T, Action<WebApplicationBuilder>?, WebApplication> build, TextWriter output)
        where T : ServiceSettings
    {
        try
        {
            return await ServiceGroup.StartAsync(settings, build, output);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            throw new CannotStartException($"The service does not start: {failure.Message}", failure);
        }
    }
}
