using System.CommandLine;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Commands.Contracts;

/// <summary><c>tds usage AGREEMENT</c>.</summary>
internal static class UsageCommand
{
    public static Command Create()
    {
        var agreement = new Argument<string>("AGREEMENT") { Description = "Id of the agreement." };
        return Verb.ForConnector("usage", "Show what was used under an agreement, as this side counted it.", [agreement], async call =>
        {
            var usage = await call.Connector.UsageAsync(call.Get(agreement), call.Cancellation);
            await call.ShowAsync(usage, usage.Counts.Count == 0 ? ["nothing used"] : usage.Counts.Select(Line));
            return ExitCode.Ok;
        });
    }

    private static string Line(UsageCounts count) => $"{count.Purpose}  {count.Outcome}  requests: {count.Requests}  rows: {count.Rows}  bytes: {count.Bytes}";
}
