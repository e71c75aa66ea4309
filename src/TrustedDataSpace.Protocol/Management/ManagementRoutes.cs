namespace TrustedDataSpace.Protocol.Management;

/// <summary>
/// Routes of a connector's management interface. Bearer: the management token. A GET of one negotiation, transfer or status waits for
/// its next resting state when the request says <c>Prefer: wait=SECONDS</c> (RFC 7240 §4.3, at most 60).
/// </summary>
public static class ManagementRoutes
{
    /// <summary>Common base.</summary>
    public const string Base = "/api/v1";

    /// <summary>GET <see cref="ConnectorStatus"/>; with a wait: until the participant is an active member and has a policy bundle, or is suspended.</summary>
    public const string Status = Base + "/status";

    /// <summary>POST: this participant leaves the space.</summary>
    public const string MembershipDeparture = Base + "/membership/departure";

    /// <summary>PUT: who stands behind this participant, told anew to the authority.</summary>
    public const string MembershipOrganisation = Base + "/membership/organisation";

    /// <summary>GET a page of <see cref="HeldCredential"/>.</summary>
    public const string Credentials = Base + "/credentials";

    /// <summary>DELETE: holds it no longer.</summary>
    public const string CredentialById = Credentials + "/{id}";

    /// <summary>POST <see cref="CredentialRequestStart"/>; GET a page of <see cref="CredentialRequestView"/>.</summary>
    public const string CredentialRequests = Base + "/credential-requests";

    /// <summary>GET <see cref="CredentialRequestView"/>; with a wait: until it has left the state <c>?after=STATE</c> (default <c>requested</c>).</summary>
    public const string CredentialRequestById = CredentialRequests + "/{id}";

    /// <summary>GET a page of <see cref="CredentialOfferView"/>.</summary>
    public const string CredentialOffers = Base + "/credential-offers";

    /// <summary>GET <see cref="EvidenceStatus"/>; with a wait: until the authority's log has confirmed every entry.</summary>
    public const string Evidence = Base + "/evidence";

    /// <summary>GET a page of <see cref="EvidenceItem"/>, oldest first.</summary>
    public const string EvidenceEntries = Evidence + "/entries";

    /// <summary>GET <see cref="EntryReceipt"/> of an entry.</summary>
    public const string EvidenceReceipt = Evidence + "/receipts/{id}";

    /// <summary>POST <see cref="LogAcceptance"/>: the refused log is the log of the space from now on, and all evidence is sent to it.</summary>
    public const string EvidenceLogAcceptance = Evidence + "/log/acceptance";

    /// <summary>GET <see cref="DenialView"/>: a denial of this connector, by the id of its entry in the evidence.</summary>
    public const string DenialById = Base + "/denials/{id}";

    /// <summary>GET <see cref="AllowView"/>: the decisions that allowed the use of an interval, by the id of their entry in the evidence.</summary>
    public const string AllowById = Base + "/allows/{id}";

    /// <summary>GET <see cref="AllowView"/>: the same, by flow and number of the interval.</summary>
    public const string AllowOfInterval = Base + "/flows/{flow}/allows/{interval}";

    /// <summary>POST <see cref="AssetDefinition"/>; GET a page.</summary>
    public const string Assets = Base + "/assets";

    /// <summary>GET <see cref="AssetView"/>, with its ETag; DELETE: when no product on offer and no agreement in force needs it.</summary>
    public const string AssetById = Assets + "/{id}";

    /// <summary>
    /// POST <see cref="ProductDefinition"/>, with <c>If-Match</c> only when that version is on offer; GET a page of <see cref="ProductView"/>,
    /// <c>?q=WORDS&amp;asset=ID</c>.
    /// </summary>
    public const string Products = Base + "/products";

    /// <summary>GET <see cref="ProductView"/>, its ETag is the version; DELETE: offers it no longer.</summary>
    public const string ProductById = Products + "/{id}";

    /// <summary>GET a page of <see cref="ProductView"/>, newest first, withdrawn and replaced ones with it.</summary>
    public const string ProductVersions = ProductById + "/versions";

    /// <summary>GET <see cref="OfferView"/>.</summary>
    public const string OfferById = Base + "/offers/{id}";

    /// <summary>POST <see cref="PolicyCheck"/>: <see cref="PolicyCheckView"/>, or everything that is wrong with the policy. Stores nothing.</summary>
    public const string PolicyCheck = Base + "/policies/check";

    /// <summary>POST <see cref="CatalogQuery"/>: the DSP catalog of a peer.</summary>
    public const string CatalogQueries = Base + "/catalog/queries";

    /// <summary>GET a page of <see cref="TrustedDataSpace.Protocol.Authority.ProductRegistration"/>: a search of the space's catalog, <c>?q=WORDS</c>.</summary>
    public const string CatalogProducts = Base + "/catalog/products";

    /// <summary>POST <see cref="NegotiationStart"/>; GET a page of <see cref="NegotiationView"/>.</summary>
    public const string Negotiations = Base + "/negotiations";

    /// <summary>GET <see cref="NegotiationView"/>.</summary>
    public const string NegotiationById = Negotiations + "/{id}";

    /// <summary>POST <see cref="Termination"/>.</summary>
    public const string NegotiationTermination = NegotiationById + "/termination";

    /// <summary>POST <see cref="NegotiationTerms"/>, as consumer: asks again, with other terms.</summary>
    public const string NegotiationRequest = NegotiationById + "/request";

    /// <summary>POST <see cref="NegotiationTerms"/>, as provider: makes an offer.</summary>
    public const string NegotiationOffer = NegotiationById + "/offer";

    /// <summary>POST, no body, as consumer: accepts the provider's offer.</summary>
    public const string NegotiationAcceptance = NegotiationById + "/acceptance";

    /// <summary>POST, no body, as provider: agrees to what is on the table.</summary>
    public const string NegotiationAgreement = NegotiationById + "/agreement";

    /// <summary>POST, no body, as consumer: verifies the agreement.</summary>
    public const string NegotiationVerification = NegotiationById + "/verification";

    /// <summary>POST, no body, as provider: finalizes.</summary>
    public const string NegotiationFinalization = NegotiationById + "/finalization";

    /// <summary>GET a page of <see cref="NegotiationRound"/>, oldest first.</summary>
    public const string NegotiationRounds = NegotiationById + "/rounds";

    /// <summary>GET a page of <see cref="AgreementView"/>, <c>?state=active</c> or <c>ended</c>.</summary>
    public const string Agreements = Base + "/agreements";

    /// <summary>GET <see cref="AgreementView"/>; with a wait: until it is filed.</summary>
    public const string AgreementById = Agreements + "/{id}";

    /// <summary>POST <see cref="Termination"/>: the agreement is over, with every open transfer under it.</summary>
    public const string AgreementTermination = AgreementById + "/termination";

    /// <summary>POST <see cref="DestructionReport"/>: as consumer, what was got under it is destroyed.</summary>
    public const string AgreementDestruction = AgreementById + "/destruction";

    /// <summary>POST <see cref="TransferStart"/>; GET a page of <see cref="TransferView"/>.</summary>
    public const string Transfers = Base + "/transfers";

    /// <summary>GET <see cref="TransferView"/>; with a wait: until it has left the state of <c>?after=STATE</c> (default <c>REQUESTED</c>).</summary>
    public const string TransferById = Transfers + "/{id}";

    /// <summary>POST <see cref="Termination"/>.</summary>
    public const string TransferTermination = TransferById + "/termination";

    /// <summary>POST, no body.</summary>
    public const string TransferCompletion = TransferById + "/completion";

    /// <summary>POST, no body: as provider starts a transfer that waits for it; starts a suspended one again.</summary>
    public const string TransferStarting = TransferById + "/start";

    /// <summary>POST <see cref="Termination"/>: no data for now.</summary>
    public const string TransferSuspension = TransferById + "/suspension";

    /// <summary>POST <see cref="ApplicationGrant"/>; GET a page of <see cref="ApplicationView"/>.</summary>
    public const string Applications = Base + "/apps";

    /// <summary>DELETE.</summary>
    public const string ApplicationById = Applications + "/{id}";

    /// <summary>GET a page of <see cref="SignalView"/>, by name.</summary>
    public const string Signals = Base + "/signals";

    /// <summary>GET <see cref="SignalView"/>; PUT <see cref="SignalState"/>; DELETE: it is not known any more, and terms about it deny.</summary>
    public const string SignalByName = Signals + "/{id}";

    /// <summary>POST <see cref="ConsentGrant"/>; GET a page of <see cref="ConsentView"/>, oldest first, <c>?product=ID&amp;subject=NAME</c>.</summary>
    public const string Consents = Base + "/consents";

    /// <summary>DELETE: withdraws it.</summary>
    public const string ConsentById = Consents + "/{id}";

    /// <summary>GET <see cref="CoverageReport"/> of the product as it is offered now.</summary>
    public const string ProductCoverage = ProductById + "/coverage";

    /// <summary>GET <see cref="CoverageReport"/>.</summary>
    public const string OfferCoverage = OfferById + "/coverage";

    /// <summary>GET <see cref="CoverageReport"/>.</summary>
    public const string AgreementCoverage = AgreementById + "/coverage";

    /// <summary>POST <see cref="CatalogCoverageQuery"/>: a list of <see cref="CoverageReport"/>, one for each offer of a dataset in a peer's catalog.</summary>
    public const string CatalogCoverage = Base + "/catalog/coverage";

    /// <summary>GET a page of <see cref="FlowView"/>: what this connector serves as provider, as it is now.</summary>
    public const string Flows = Base + "/flows";

    /// <summary>GET one.</summary>
    public const string FlowById = Flows + "/{id}";

    /// <summary>GET <see cref="UsageView"/> of one agreement: <c>?agreement=ID</c>; with a wait: until no use of it is under way and ended flows are recorded.</summary>
    public const string Usage = Base + "/usage";

    /// <summary>GET a page of closed flow-interval records of one agreement, oldest first: <c>?agreement=ID</c>; with the same wait.</summary>
    public const string UsageRecords = Usage + "/records";

    /// <summary>GET a <see cref="Pricing.Statement"/> in its canonical bytes: <see cref="StatementQuery"/>; with a wait: until the use of its period is recorded.</summary>
    public const string Statements = Base + "/statements";

    /// <summary>POST <see cref="WhatIf"/>: a <see cref="Pricing.Statement"/> by a plan that was not agreed; nothing is stored.</summary>
    public const string WhatIf = Statements + "/what-if";

    /// <summary>GET a page of settlements of this participant, as the authority has them: <c>?agreement=ID</c>.</summary>
    public const string Settlements = Base + "/settlements";

    /// <summary>GET a <see cref="BalanceState"/>: what was paid in advance under an agreement, and what is left of it.</summary>
    public const string BalanceById = Base + "/balances/{id}";

    /// <summary>GET a settlement.</summary>
    public const string SettlementById = Settlements + "/{id}";

    /// <summary>POST <see cref="SettlementConsent"/>: compares a settlement with this connector's own records, and signs it.</summary>
    public const string SettlementSignature = SettlementById + "/signature";

    /// <summary>GET an <see cref="OutboxView"/>: what waits to be delivered, and which peers do not answer.</summary>
    public const string Outbox = Base + "/outbox";

    /// <summary>GET a page of <see cref="EventView"/>, oldest first, or the same as server-sent events: <c>?after=ID&amp;kind=BEGINNING&amp;process=ID&amp;agreement=ID</c>.</summary>
    public const string Events = Base + "/events";

    /// <summary>POST <see cref="WebhookDefinition"/>; GET a page of <see cref="WebhookView"/>.</summary>
    public const string Webhooks = Base + "/webhooks";

    /// <summary>GET <see cref="WebhookView"/>; DELETE.</summary>
    public const string WebhookById = Webhooks + "/{id}";

    /// <summary>POST, no body: <see cref="WebhookSecret"/>. The one before signs beside it for a time.</summary>
    public const string WebhookRotation = WebhookById + "/secret";

    /// <summary>POST <see cref="Management.WebhookReplay"/>: goes on there, also when it was disabled.</summary>
    public const string WebhookReplaying = WebhookById + "/replay";

    /// <summary>GET: this interface as an OpenAPI document. Open to anybody.</summary>
    public const string OpenApi = Base + "/openapi.json";

    /// <summary>The route with its id filled in, escaped.</summary>
    public static string For(string template, string id) => template.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal);
}
