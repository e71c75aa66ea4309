using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds authority run</c> and <c>tds connector run</c>: one service in the foreground, by the same code as its own executable.</summary>
internal static class RunCommand
{
    public static Command Authority() => Create("Run the authority of a space.", arguments => AuthorityHost.Build(SettingsLoader.Load<AuthoritySettings>(arguments)));

    public static Command Connector() => Create("Run a participant's connector.", arguments => ConnectorHost.Build(SettingsLoader.Load<ConnectorSettings>(arguments)));

    private static Command Create(string description, Func<string[], WebApplication> build)
    {
        var config = new Option<string>("--config")
        {
            Description = "Settings file in JSON. Variables such as TDS_Listen__Url stand above it.",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("run", description + " In the foreground, until Ctrl+C.") { config };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var service = await StartAsync(() => build(["--config", parsed.GetValue(config)!]), parsed.InvocationConfiguration.Output);
            await Stop.WaitAsync(cancellation);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Starts a service, until it is disposed.</summary>
    /// <exception cref="CannotStartException">Says why.</exception>
    public static async Task<IAsyncDisposable> StartAsync(Func<WebApplication> build, TextWriter output)
    {
        WebApplication? app = null;
        try
        {
            app = build();
            await app.StartServiceAsync(output);
            return new Running(app);
        }
        catch (Exception failure)
        {
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (failure is IOException or InvalidOperationException)
            {
                throw new CannotStartException($"The service does not start: {failure.Message}", failure);
            }

            throw;
        }
    }

    // Stopped before it is disposed, so that what is under way ends as it should.
    private sealed class Running(WebApplication app) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
