using System.CommandLine;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Contracts;

/// <summary><c>tds transfer start|stop|list</c>.</summary>
internal static class TransferCommand
{
    public static Command Create() => new("transfer", "Transfers: while one is started, data can flow.") { Start(), Stop(), List() };

    private static Command Start()
    {
        var agreement = new Argument<string>("AGREEMENT") { Description = "Id of the agreement." };
        return Verb.ForConnector("start", "Ask the provider for the data of an agreement, and wait for its answer.", [agreement], async call =>
        {
            var transfer = await call.WaitAsync("Waiting for the provider", () => call.Connector.TransferAsync(call.Get(agreement), call.Cancellation));
            await call.ShowAsync(transfer, Lines(transfer));
            return transfer.State == TransferStates.Started ? ExitCode.Ok : ExitCode.Failed;
        });
    }

    private static Command Stop()
    {
        var id = new Argument<string>("TRANSFER") { Description = "Id of the transfer, as 'tds transfer list' shows it." };
        var reason = new Option<string?>("--reason") { Description = "Terminate it, and tell the other party why. Without a reason it is completed." };
        return Verb.ForConnector("stop", "Stop a transfer.", [id, reason], async call =>
        {
            var stopped = call.Get(reason) is { } why
                ? await call.Connector.TerminateTransferAsync(call.Get(id), why, call.Cancellation)
                : await call.Connector.CompleteTransferAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(stopped, Lines(stopped));
            return ExitCode.Ok;
        });
    }

    private static Command List() => Verb.ForConnector("list", "Show transfers, newest first.", [], async call =>
    {
        var transfers = await call.Connector.TransfersAsync(call.Cancellation);
        await call.ShowAsync(transfers, transfers.SelectMany(Lines));
        return ExitCode.Ok;
    });

    private static IEnumerable<string> Lines(TransferView transfer) =>
    [
        $"{transfer.Id}  {transfer.State}  as {transfer.Role}  agreement: {transfer.AgreementId}  with {transfer.Counterparty}",
        .. transfer.Reasons.Select(reason => $"  {reason}"),
    ];
}
