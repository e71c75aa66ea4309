using System.CommandLine;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Commands.Clearing;
using TrustedDataSpace.Cli.Commands.Contracts;
using TrustedDataSpace.Cli.Commands.Participants;
using TrustedDataSpace.Cli.Commands.Policies;
using TrustedDataSpace.Cli.Commands.Products;
using TrustedDataSpace.Cli.Commands.SignIn;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>The command line: what there is, and how errors end.</summary>
internal static class TdsCommand
{
    // A space that is told to stop ends what is under way first.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    /// <summary>All commands.</summary>
    public static RootCommand Create() => new("tds: run, use and check a trusted data space. Exit codes: 0 done, 1 something failed or was refused, 2 wrong use or cannot start.")
    {
        Subcommands =
        {
            new Command("demo", "Show a whole space at work, step by step.") { DemoPowerGridCommand.Create(), DemoMaterialsCommand.Create() },
            UpCommand.Create(),
            new Command("authority", "The service of a space's operator.") { RunCommand.Authority() },
            new Command("connector", "The service of a participant.") { RunCommand.Connector() },
            JoinCommand.Create(),
            ParticipantCommand.Create(),
            CredentialCommand.Create(),
            MembershipCommand.Create(),
            IdentifierCommand.Create(),
            new Command("source", "A data source for those who have none yet.") { SourceServeCommand.Create() },
            new Command("product", "Data products that a participant offers.") { ProductPublishCommand.Create() },
            new Command("catalog", "What the space offers.") { CatalogSearchCommand.Create() },
            NegotiateCommand.Create(),
            AgreementCommand.Create(),
            TransferCommand.Create(),
            GetCommand.Create(),
            UsageCommand.Create(),
            new Command("app", "Local applications that may use data through a connector.") { AppAddCommand.Create(), AppListCommand.Create(), AppRemoveCommand.Create() },
            StatementCommand.Create(),
            RateCommand.Create(),
            SettleCommand.Create(),
            BalanceCommand.Create(),
            DisputeCommand.Create(),
            LoginCommand.Login(),
            LoginCommand.Logout(),
            AccountCommand.Create(),
            KeyCommand.Create(),
            new Command("did", "Decentralised identifiers.") { DidResolveCommand.Create() },
            new Command("log", "The evidence log.") { LogExportCommand.Create(), LogVerifyCommand.Create(), LogFsckCommand.Create(), LogTraceCommand.Create(), LogWhyCommand.Create(), LogContinueCommand.Hold(), LogContinueCommand.Resume(), LogContinueCommand.Succeed() },
            EvidenceCommand.Create(),
            AuditCommand.Create(),
            BackupCommand.Backup(),
            BackupCommand.Restore(),
            PolicyCommand.Create(),
        },
    };

    /// <summary>Parses, runs, and turns what cannot go on into an exit code and a sentence.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        var parsed = Create().Parse(arguments);
        var invocation = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StopLimit };
        try
        {
            var code = await parsed.InvokeAsync(invocation, cancellation);
            return parsed.Errors.Count > 0 && code != ExitCode.Ok ? ExitCode.CannotStart : code;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Stopped.");
            return ExitCode.Failed;
        }
        catch (Exception failure) when (failure is ServiceRefusalException or RefusalException)
        {
            await error.WriteLineAsync(failure.Message);
            return ExitCode.Failed;
        }
        catch (Exception failure) when (failure is CannotStartException or InvalidSettingsException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(failure.Message);
            return ExitCode.CannotStart;
        }
    }
}
