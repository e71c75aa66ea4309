using System.CommandLine;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary>The verbs for authors of policies.</summary>
internal static class PolicyCommand
{
    /// <summary><c>tds policy</c> with all its verbs.</summary>
    public static Command Create() => new("policy", "Policies in Rego: check, try, test, explain and measure them, with the engine that decides in the connectors.")
    {
        PolicyCheckCommand.Create(),
        PolicyCoverageCommand.Create(),
        PolicyEvalCommand.Create(),
        PolicyTestCommand.Create(),
        PolicyExplainCommand.Create(),
        PolicyBenchCommand.Create(),
        PolicyDiffCommand.Create(),
    };
}
