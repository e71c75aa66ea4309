namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The paths a server maps, below the base that the version document names (DSP §6, §8 and §10).</summary>
public static class DspRouteTemplates
{
    /// <summary>POST: the catalog.</summary>
    public const string Catalog = "/catalog/request";

    /// <summary>The base of a catalog within the catalog: what its data service has as address (DSP §5.3.1).</summary>
    public const string NestedCatalogBase = "/catalogs/{name}";

    /// <summary>POST: a catalog within the catalog.</summary>
    public const string NestedCatalog = NestedCatalogBase + Catalog;

    /// <summary>GET: one dataset.</summary>
    public const string Dataset = "/catalog/datasets/{id}";

    /// <summary>POST at the provider: ask for a contract.</summary>
    public const string NegotiationRequest = "/negotiations/request";

    /// <summary>POST at the consumer: an offer that nobody asked for.</summary>
    public const string NegotiationOffer = "/negotiations/offers";

    /// <summary>GET: the state of a negotiation.</summary>
    public const string Negotiation = "/negotiations/{pid}";

    /// <summary>POST at the provider: ask again with other terms.</summary>
    public const string NegotiationCounterRequest = Negotiation + "/request";

    /// <summary>POST at the consumer: an offer.</summary>
    public const string NegotiationOffers = Negotiation + "/offers";

    /// <summary>POST: accepted (at the provider), finalized (at the consumer).</summary>
    public const string NegotiationEvents = Negotiation + "/events";

    /// <summary>POST at the consumer: the agreement.</summary>
    public const string NegotiationAgreement = Negotiation + "/agreement";

    /// <summary>POST at the provider: the consumer verified the agreement.</summary>
    public const string NegotiationVerification = NegotiationAgreement + "/verification";

    /// <summary>POST: break off.</summary>
    public const string NegotiationTermination = Negotiation + "/termination";

    /// <summary>POST at the provider: ask for data.</summary>
    public const string TransferRequest = "/transfers/request";

    /// <summary>GET: the state of a transfer.</summary>
    public const string Transfer = "/transfers/{pid}";

    /// <summary>POST: start.</summary>
    public const string TransferStart = Transfer + "/start";

    /// <summary>POST: complete.</summary>
    public const string TransferCompletion = Transfer + "/completion";

    /// <summary>POST: suspend.</summary>
    public const string TransferSuspension = Transfer + "/suspension";

    /// <summary>POST: end.</summary>
    public const string TransferTermination = Transfer + "/termination";
}
