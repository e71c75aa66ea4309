using System.CommandLine;
using System.Globalization;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log hold</c>, <c>tds log resume FILE</c> and <c>tds log succeed FILE</c>: how the log of a restored authority goes on.</summary>
internal static class LogContinueCommand
{
    public static Command Hold() => Verb.ForOperator("hold", "After a restore: what the log waits for, and what members have handed back.", [], async call =>
    {
        var status = await call.Operator.LogHoldAsync(call.Cancellation);
        await call.ShowAsync(status, status.Held
            ?
            [
                string.Create(CultureInfo.InvariantCulture, $"HELD: the log {status.Origin} was restored with {status.Size} entries; handed back {status.Collected}, missing {status.Missing}"),
                .. status.WaitingFor.Select(member => $"waits for {member}"),
            ]
            : [string.Create(CultureInfo.InvariantCulture, $"the log {status.Origin} goes on with {status.Size} entries, root {status.Root}")]);
        return ExitCode.Ok;
    });

    public static Command Resume()
    {
        var file = Checkpoint();
        return Verb.ForOperator("resume", "After a restore: the log is what was published last, and goes on.", [file], call => ContinueAsync(call, file, AuthorityRoutes.EvidenceResumption, reason: null));
    }

    public static Command Succeed()
    {
        var (file, reason) = (Checkpoint(), new Option<string>("--reason") { Description = "What has happened: it stands in the log.", HelpName = "TEXT", Required = true });
        return Verb.ForOperator("succeed", "After a restore that lost entries: open the log that follows. Each member must accept it (tds evidence accept), and sends its evidence again.", [file, reason], call =>
            ContinueAsync(call, file, AuthorityRoutes.EvidenceSuccession, call.Get(reason)));
    }

    private static Argument<string> Checkpoint() => new("FILE") { Description = "The last checkpoint that was published, as a member has it (log.checkpoint of tds evidence status --json)." };

    private static async Task<int> ContinueAsync(Call call, Argument<string> file, string route, string? reason)
    {
        var checkpoint = await File.ReadAllTextAsync(call.Get(file), call.Cancellation);
        var status = await call.Operator.ContinueLogAsync(route, new LogContinuation(checkpoint, reason), call.Cancellation);
        await call.ShowAsync(status, [string.Create(CultureInfo.InvariantCulture, $"the log {status.Origin} goes on with {status.Size} entries, root {status.Root}")]);
        return ExitCode.Ok;
    }
}
