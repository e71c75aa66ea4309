using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// The provider's decision about the terms on the table. A person may say no where policy says yes; never the other way round: this is
/// asked before every agreement.
/// </summary>
internal sealed class NegotiationDecision(ProductService products, Subjects subjects, PolicyGate gate, DenialEvidence denials)
{
    /// <summary>Asks policy.</summary>
    /// <exception cref="RefusalException">NotFound: the product is no longer offered; Unavailable: no decision can be taken now.</exception>
    public async Task<PolicyDecision> DecideAsync(NegotiationRecord negotiation, CancellationToken cancellation)
    {
        var offer = negotiation.OfferDocument;

        // What was published is agreed to as long as it is published; other terms, that a person has seen, as long as there is the product.
        var published = products.FindOffer(offer.Id);
        var isPublished = published is not null && ContractTerms.AreSame(published.Offer, offer);
        if (!isPublished && (!IsOfAPerson(negotiation) || products.Find(negotiation.DatasetId) is null))
        {
            throw new RefusalException(RefusalCode.NotFound, "The offer is no longer made.") { Where = "offer", Remedy = "ask for the offer that the catalog shows now" };
        }

        var consumer = await subjects.FindAsync(negotiation.Counterparty, cancellation);
        return await gate.DecideWhenAbleAsync(
            new PolicyQuestion
            {
                Stage = PolicyStage.Negotiation,
                Subject = consumer.ToPeer(),
                Terms = isPublished ? published!.Terms : CompiledPolicy.Of(offer).Terms,
                Product = new ProductFacts(negotiation.DatasetId, negotiation.Classification),
            },
            cancellation);
    }

    /// <summary>Keeps a denial as evidence.</summary>
    public void Record(UnitOfWork unit, NegotiationRecord negotiation, PolicyDecision denied) =>
        denials.Record(unit, denied, DeniedDecision.Evidence("negotiation", negotiation.Counterparty, denied), agreement: null, process: negotiation.Id);

    // In mixed mode nobody is asked about what was published when the negotiation began: as in automatic mode it must still be.
    private static bool IsOfAPerson(NegotiationRecord negotiation) => negotiation.Mode switch
    {
        NegotiationModes.Automatic => false,
        NegotiationModes.Mixed => negotiation is not { State: NegotiationStates.Requested, Round: 1, HasOwnTerms: true },
        _ => true,
    };
}
