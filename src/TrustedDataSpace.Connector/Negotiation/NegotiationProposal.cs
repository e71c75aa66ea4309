using System.Text.Json;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>What this side puts on the table. Terms that it could not read or keep itself are refused before anything is sent.</summary>
internal sealed class NegotiationProposal(DspClient client, ProductService products, Ids ids)
{
    /// <summary>The beginning of a negotiation as consumer: with the provider's offer, or with other terms for it.</summary>
    /// <exception cref="RefusalException">NotFound: no such offer or provider; Malformed or Unsupported terms; Unavailable.</exception>
    public async Task<NegotiationRecord> AskAsync(string provider, NegotiationStart start, CancellationToken cancellation)
    {
        var path = await client.BaseOfAsync(provider, cancellation);
        var offer = start.Offer is { } terms
            ? Written(terms, start.OfferId, start.DatasetId)
            : ContractTerms.ForMessage(await PublishedAsync(provider, path, start, cancellation), start.DatasetId);
        return New(DspRole.Consumer, Requested, provider, path, offer) with
        {
            DatasetId = start.DatasetId,
            Mode = start.Mode ?? NegotiationModes.Automatic,
        };
    }

    /// <summary>The beginning of a negotiation as provider: an offer that the consumer has not asked for.</summary>
    /// <exception cref="RefusalException">NotFound: no such offer or consumer; Malformed or Unsupported terms; Unavailable.</exception>
    public async Task<NegotiationRecord> OfferAsync(string consumer, NegotiationStart start, CancellationToken cancellation)
    {
        var path = await client.BaseOfAsync(consumer, cancellation);
        var product = products.FindOffer(start.OfferId);
        if (product is null || product.ProductId != start.DatasetId)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no offer '{start.OfferId}' for dataset '{start.DatasetId}' here.") { Term = "offerId" };
        }

        var offer = start.Offer is { } terms ? Written(terms, start.OfferId, start.DatasetId) : ContractTerms.ForMessage(product.Offer, start.DatasetId);
        return New(DspRole.Provider, Offered, consumer, path, offer) with
        {
            DatasetId = start.DatasetId,
            AssetId = product.AssetId,
            Classification = product.Classification,
            Mode = start.Mode ?? product.Negotiation,
            TransferMode = product.Transfers,
            Finite = product.Finite ? 1 : 0,
            AllowBearer = product.AllowBearer ? 1 : 0,
            Formats = TransferTerms.Write(product.Formats),
        };
    }

    /// <summary>Terms that a person or a program has written, for a negotiation that is under way; without any, what is on the table.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported terms.</exception>
    public static PolicyDocument For(NegotiationRecord negotiation, JsonElement? terms) =>
        terms is { } given ? Written(given, negotiation.OfferDocument.Id, negotiation.DatasetId) : negotiation.OfferDocument;

    private static PolicyDocument Written(JsonElement terms, string offerId, string datasetId)
    {
        var offer = ContractTerms.Propose(terms, offerId, datasetId);

        // Read as the counterparty will read it.
        DspJson.Read<ContractRequestMessage>(DspJson.Write(new ContractRequestMessage { ConsumerPid = "c", ProviderPid = "p", Offer = offer }));
        CompiledPolicy.Of(offer);
        return offer;
    }

    private async Task<PolicyDocument> PublishedAsync(string provider, string path, NegotiationStart start, CancellationToken cancellation)
    {
        var dataset = await client.GetAsync<Dataset>(provider, path + DspRoutes.Dataset(start.DatasetId), cancellation);
        var offer = dataset.Offers.FirstOrDefault(offer => offer.Id == start.OfferId)
            ?? throw new RefusalException(RefusalCode.NotFound, $"{provider} has no offer '{start.OfferId}' for dataset '{start.DatasetId}'.")
            {
                Term = "offerId",
                Remedy = "Take the offer id from the provider's catalog.",
            };
        CompiledPolicy.Of(offer);
        return offer;
    }

    private NegotiationRecord New(DspRole role, string state, string counterparty, string path, PolicyDocument offer) => new()
    {
        Id = ids.Next(),
        Role = role,
        State = state,
        Counterparty = counterparty,
        CounterpartyPath = path,
        OwnTerms = offer.TermsHash,
        Offer = offer.ToString(),
    };
}
