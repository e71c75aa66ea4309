using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>What the participant itself does with negotiations.</summary>
internal sealed class NegotiationService(Database database, NegotiationStore store, NegotiationMachine machine, DspClient client, Ids ids)
{
    /// <summary>Asks a provider for a contract under one of its offers.</summary>
    /// <exception cref="RefusalException">NotFound: no such offer; Malformed or Unsupported: its terms cannot be kept here; Unavailable.</exception>
    public async Task<NegotiationView> StartAsync(NegotiationStart start, CancellationToken cancellation)
    {
        var provider = start.Provider ?? throw new RefusalException(RefusalCode.Malformed, "The provider is missing.") { Where = "$.provider" };
        var dataset = await client.GetAsync<Dataset>(provider, DspEndpoints.Base + DspRoutes.Dataset(start.DatasetId), cancellation);
        var offer = dataset.Offers.FirstOrDefault(offer => offer.Id == start.OfferId)
            ?? throw new RefusalException(RefusalCode.NotFound, $"{start.Provider} has no offer '{start.OfferId}' for dataset '{start.DatasetId}'.")
            {
                Term = "offerId",
                Remedy = "Take the offer id from the provider's catalog.",
            };

        // Refused before anything is asked for: terms that this side could not read are no basis for a contract.
        CompiledPolicy.Of(offer);
        var begun = await database.WriteAsync(unit => machine.Begin(unit, new NegotiationRecord
        {
            Id = ids.Next(),
            Role = DspRole.Consumer,
            State = Requested,
            Counterparty = provider,
            CounterpartyPath = DspEndpoints.Base,
            DatasetId = start.DatasetId,
            Offer = ContractTerms.ForMessage(offer, start.DatasetId).ToString(),
        }));
        return begun.ToView();
    }

    /// <summary>Breaks a negotiation off and tells the counterparty.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition.</exception>
    public async Task<NegotiationView> TerminateAsync(string id, Termination termination)
    {
        var ended = await database.WriteAsync(unit =>
        {
            var current = NegotiationStore.Find(unit, id) ?? throw NoSuch(id);
            return machine.Step(unit, current with { Reasons = DspProcess.ToReasons([termination.Reason]) }, current.Role, Terminated);
        });
        return ended.ToView();
    }

    /// <summary>A negotiation; waits for its end if asked to.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<NegotiationView> GetAsync(string id, TimeSpan wait, CancellationToken cancellation)
    {
        if (store.Find(id) is null)
        {
            throw NoSuch(id);
        }

        await database.WaitUntilAsync(() => IsFinal(store.Find(id)!.State), wait, cancellation);
        return store.Find(id)!.ToView();
    }

    /// <summary>Newest first.</summary>
    public Page<NegotiationView> List(PageRequest page) =>
        page.ToPage(store.Page(page.After, page.Size), row => row.ToView(), row => row.Id);

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no negotiation '{id}'.");
}
