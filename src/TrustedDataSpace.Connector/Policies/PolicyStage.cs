namespace TrustedDataSpace.Connector.Policies;

/// <summary>Where a decision is asked for.</summary>
internal enum PolicyStage
{
    /// <summary>May the peer see the product?</summary>
    Catalog,

    /// <summary>May the peer have a contract under the offer?</summary>
    Negotiation,

    /// <summary>May a transfer start?</summary>
    Transfer,

    /// <summary>May this request pass?</summary>
    Request,

    /// <summary>May a running stream go on?</summary>
    Tick,
}
