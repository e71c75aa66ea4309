using System.CommandLine;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Contracts;

/// <summary><c>tds negotiate</c>.</summary>
internal static class NegotiateCommand
{
    public static Command Create()
    {
        var provider = new Option<string>("--provider") { Description = "The provider.", HelpName = "DID", Required = true };
        var dataset = new Option<string>("--dataset") { Description = "The product, as 'tds catalog search' shows it.", HelpName = "ID", Required = true };
        var offer = new Option<string>("--offer") { Description = "The offer, as 'tds catalog search' shows it.", HelpName = "ID", Required = true };
        var wait = new Option<bool>("--wait") { Description = "Wait until there is an agreement, or not." };
        return Verb.ForConnector("negotiate", "Ask a provider for a contract under one of its offers.", [provider, dataset, offer, wait], async call =>
        {
            var start = new NegotiationStart { Provider = call.Get(provider)!, DatasetId = call.Get(dataset)!, OfferId = call.Get(offer)! };
            var negotiation = await call.Connector.StartNegotiationAsync(start, call.Cancellation);
            if (call.Get(wait))
            {
                negotiation = await call.WaitAsync($"Negotiating with {start.Provider}", () => call.Connector.NegotiationAsync(negotiation.Id, call.Cancellation));
            }

            await call.ShowAsync(negotiation, Lines(negotiation));

            // Asked for and not refused is done; waited for is done only with an agreement.
            var failed = negotiation.State == NegotiationStates.Terminated || (call.Get(wait) && negotiation.State != NegotiationStates.Finalized);
            return failed ? ExitCode.Failed : ExitCode.Ok;
        });
    }

    private static IEnumerable<string> Lines(NegotiationView negotiation) =>
    [
        $"negotiation  {negotiation.Id}",
        $"state        {negotiation.State}",
        .. negotiation.AgreementId is { } agreement ? [$"agreement    {agreement}"] : Array.Empty<string>(),
        .. negotiation.Reasons.Select(reason => $"reason       {reason}"),
    ];
}
