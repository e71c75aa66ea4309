using System.CommandLine;
using TrustedDataSpace.Protocol.Identifiers;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary><c>tds identifier check CODE</c>: what a national identifier says, and whether its check character is right. Asks nobody.</summary>
internal static class IdentifierCommand
{
    public static Command Create() => new("identifier", "Identifiers of NDI-TR-2025-04, GB 32100 and TC609-6-2025-14.") { Check() };

    private static Command Check()
    {
        var code = new Argument<string>("CODE") { Description = "Credit code (18), identifier (32 and an extension) or contract identifier (47)." };
        var command = new Command("check", "Check an identifier, and show its parts.") { code };
        command.SetAction(async (parsed, _) =>
        {
            var text = parsed.GetValue(code)!;
            var said = Describe(text);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(said ?? $"{text}: neither a credit code nor an identifier, or its check character is wrong");
            return said is null ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static string? Describe(string text)
    {
        if (CreditCode.IsValid(text))
        {
            return $"{text}: a unified social credit code";
        }

        if (NationalIdentifier.TryParse(text, out var identifier))
        {
            var subject = identifier.HasCreditCode ? "credit code" : "no credit code";
            return $"{text}: {identifier.Kind}, subject {identifier.Subject} ({subject}), area or industry {identifier.Area}{(identifier.Extension is { } extension ? $", extension {extension}" : "")}";
        }

        return ContractIdentifier.TryParse(text, out var contract) ? $"{text}: contract, node {contract.NodeSubject}, made {contract.Time:yyyy-MM-dd HH:mm:ss}" : null;
    }
}
