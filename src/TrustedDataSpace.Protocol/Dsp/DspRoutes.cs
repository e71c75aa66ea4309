namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The paths a client calls, below the base or the callback address of the other party. <see cref="DspRouteTemplates"/> are their templates.</summary>
public static class DspRoutes
{
    /// <summary>GET, from the root and without authentication: the versions spoken (DSP §4.3).</summary>
    public const string VersionDocument = "/.well-known/dspace-version";

    /// <summary>What the paths of the catalog begin with: the address of a catalog service (DSP §4.4).</summary>
    public const string CatalogBase = "/catalog";

    /// <summary>The path of the catalog.</summary>
    public const string Catalog = DspRouteTemplates.Catalog;

    /// <summary>The path for asking for a contract.</summary>
    public const string NegotiationRequest = DspRouteTemplates.NegotiationRequest;

    /// <summary>The path for an offer that nobody asked for.</summary>
    public const string NegotiationOffer = DspRouteTemplates.NegotiationOffer;

    /// <summary>The path for asking for data.</summary>
    public const string TransferRequest = DspRouteTemplates.TransferRequest;

    /// <summary>The path of a dataset.</summary>
    public static string Dataset(string id) => DspRouteTemplates.Dataset.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal);

    /// <summary>The base of a catalog within the catalog.</summary>
    public static string NestedCatalogBase(string name) => DspRouteTemplates.NestedCatalogBase.Replace("{name}", Uri.EscapeDataString(name), StringComparison.Ordinal);

    /// <summary>The path of a negotiation.</summary>
    public static string Negotiation(string pid) => Fill(DspRouteTemplates.Negotiation, pid);

    /// <summary>The path for asking again with other terms.</summary>
    public static string NegotiationCounterRequest(string pid) => Fill(DspRouteTemplates.NegotiationCounterRequest, pid);

    /// <summary>The path for offers.</summary>
    public static string NegotiationOffers(string pid) => Fill(DspRouteTemplates.NegotiationOffers, pid);

    /// <summary>The path for events.</summary>
    public static string NegotiationEvents(string pid) => Fill(DspRouteTemplates.NegotiationEvents, pid);

    /// <summary>The path for the agreement.</summary>
    public static string NegotiationAgreement(string pid) => Fill(DspRouteTemplates.NegotiationAgreement, pid);

    /// <summary>The path for the verification of the agreement.</summary>
    public static string NegotiationVerification(string pid) => Fill(DspRouteTemplates.NegotiationVerification, pid);

    /// <summary>The path for breaking off a negotiation.</summary>
    public static string NegotiationTermination(string pid) => Fill(DspRouteTemplates.NegotiationTermination, pid);

    /// <summary>The path of a transfer.</summary>
    public static string Transfer(string pid) => Fill(DspRouteTemplates.Transfer, pid);

    /// <summary>The path for starting a transfer.</summary>
    public static string TransferStart(string pid) => Fill(DspRouteTemplates.TransferStart, pid);

    /// <summary>The path for completing a transfer.</summary>
    public static string TransferCompletion(string pid) => Fill(DspRouteTemplates.TransferCompletion, pid);

    /// <summary>The path for suspending a transfer.</summary>
    public static string TransferSuspension(string pid) => Fill(DspRouteTemplates.TransferSuspension, pid);

    /// <summary>The path for ending a transfer.</summary>
    public static string TransferTermination(string pid) => Fill(DspRouteTemplates.TransferTermination, pid);

    /// <summary>A path below a base or callback address, which may or may not end with a slash.</summary>
    public static Uri At(string baseAddress, string path)
    {
        ArgumentNullException.ThrowIfNull(baseAddress);
        return new Uri(baseAddress.TrimEnd('/') + path, UriKind.Absolute);
    }

    // A pid of a peer is any string, often urn:uuid:…; escaped, it cannot name another path.
    private static string Fill(string template, string pid) => template.Replace("{pid}", Uri.EscapeDataString(pid), StringComparison.Ordinal);
}
