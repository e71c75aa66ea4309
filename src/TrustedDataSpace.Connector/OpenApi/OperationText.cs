using System.Collections.Frozen;
using System.Text.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.OpenApi;

/// <summary>What an endpoint does, in words, and what its own types do not say.</summary>
/// <param name="Summary">One line.</param>
internal sealed record OperationText(string Summary)
{
    /// <summary>What a GET with <c>Prefer: wait=SECONDS</c> waits for; null: it does not wait.</summary>
    public string? Waits { get; init; }

    /// <summary>What a success answers, where the endpoint does not declare it.</summary>
    public (int Status, Type Type, string MediaType)? Answer { get; init; }

    /// <summary>By method and route, for endpoints without a summary of their own.</summary>
    public static FrozenDictionary<(string Method, string Route), OperationText> All { get; } = new Dictionary<(string Method, string Route), OperationText>
    {
        [("GET", ManagementRoutes.Status)] = new("How this connector stands") { Waits = "until the participant is an active member and has a policy bundle, or is suspended" },
        [("GET", ManagementRoutes.Evidence)] = new("How much evidence there is, and how much of it the log has confirmed") { Waits = "until the log has confirmed all" },
        [("GET", ManagementRoutes.EvidenceEntries)] = new("Evidence of this connector, oldest first, with its places in the log"),
        [("GET", ManagementRoutes.EvidenceReceipt)] = new("The receipt of an entry: proof that it stands in the log, to hold against the operator of the space"),
        [("POST", ManagementRoutes.EvidenceLogAcceptance)] = new("Accepts a log that was refused as the log of the space; all evidence is sent to it"),
        [("POST", ManagementRoutes.MembershipDeparture)] = new("Leaves the space: this participant is no member any longer"),
        [("PUT", ManagementRoutes.MembershipOrganisation)] = new("Tells the authority anew who stands behind this participant"),
        [("GET", ManagementRoutes.Credentials)] = new("Credentials that this participant holds, by id"),
        [("DELETE", ManagementRoutes.CredentialById)] = new("Holds a credential no longer"),
        [("POST", ManagementRoutes.CredentialRequests)] = new("Asks an issuer for credentials"),
        [("GET", ManagementRoutes.CredentialRequests)] = new("Requests for credentials, by id"),
        [("GET", ManagementRoutes.CredentialRequestById)] = new("One request for credentials") { Waits = "until it has left the state of ?after (default requested)" },
        [("GET", ManagementRoutes.CredentialOffers)] = new("What issuers have offered last, by issuer"),
        [("POST", ManagementRoutes.Assets)] = new("Defines a source, or gives one new headers"),
        [("GET", ManagementRoutes.Assets)] = new("Sources, by id"),
        [("POST", ManagementRoutes.Products)] = new("Publishes a product, or the next version of one"),
        [("GET", ManagementRoutes.Products)] = new("Products, by id"),
        [("POST", ManagementRoutes.CatalogQueries)] = new("Asks a peer for its catalog") { Answer = (200, typeof(JsonElement), "application/json") },
        [("GET", ManagementRoutes.CatalogProducts)] = new("Searches the catalog of the space"),
        [("POST", ManagementRoutes.Negotiations)] = new("Starts a negotiation") { Answer = (201, typeof(NegotiationView), "application/json") },
        [("GET", ManagementRoutes.Negotiations)] = new("Negotiations, newest first"),
        [("GET", ManagementRoutes.NegotiationById)] = new("One negotiation") { Waits = "for its next resting state" },
        [("GET", ManagementRoutes.NegotiationRounds)] = new("The rounds of a negotiation, oldest first, each with what it changed"),
        [("POST", ManagementRoutes.NegotiationRequest)] = new("As consumer: asks again, with other terms"),
        [("POST", ManagementRoutes.NegotiationOffer)] = new("As provider: makes an offer"),
        [("POST", ManagementRoutes.NegotiationAcceptance)] = new("As consumer: accepts the provider's offer"),
        [("POST", ManagementRoutes.NegotiationAgreement)] = new("As provider: agrees to what is on the table"),
        [("POST", ManagementRoutes.NegotiationVerification)] = new("As consumer: verifies the agreement"),
        [("POST", ManagementRoutes.NegotiationFinalization)] = new("As provider: finalizes the negotiation"),
        [("POST", ManagementRoutes.NegotiationTermination)] = new("Breaks a negotiation off"),
        [("GET", ManagementRoutes.Agreements)] = new("Agreements"),
        [("GET", ManagementRoutes.AgreementById)] = new("One agreement, with what is done about each of its terms") { Waits = "until it is filed" },
        [("POST", ManagementRoutes.AgreementTermination)] = new("Ends an agreement, with every open transfer under it"),
        [("POST", ManagementRoutes.Transfers)] = new("As consumer: asks for the data of an agreement") { Answer = (201, typeof(TransferView), "application/json") },
        [("GET", ManagementRoutes.Transfers)] = new("Transfers, newest first"),
        [("GET", ManagementRoutes.TransferById)] = new("One transfer") { Waits = "until it has left the state of ?after (default REQUESTED)" },
        [("POST", ManagementRoutes.TransferStarting)] = new("Starts a transfer that waits for it, or a suspended one again"),
        [("POST", ManagementRoutes.TransferSuspension)] = new("Suspends a transfer: no data for now"),
        [("POST", ManagementRoutes.TransferCompletion)] = new("Completes a transfer"),
        [("POST", ManagementRoutes.TransferTermination)] = new("Ends a transfer"),
        [("POST", ManagementRoutes.Applications)] = new("Grants a local application the use of agreements; shows its secret this once"),
        [("GET", ManagementRoutes.Applications)] = new("Local applications"),
        [("DELETE", ManagementRoutes.ApplicationById)] = new("Takes a grant back"),
        [("GET", ManagementRoutes.DenialById)] = new("A denial with its question and the policies that answered it, to decide it again"),
        [("GET", ManagementRoutes.Flows)] = new("What this connector serves now, by flow: rate, bytes, decisions, what is left of quotas"),
        [("GET", ManagementRoutes.FlowById)] = new("One flow as it is now"),
        [("GET", ManagementRoutes.Signals)] = new("Signals of the environment, by name"),
        [("GET", ManagementRoutes.SignalByName)] = new("One signal of the environment"),
        [("PUT", ManagementRoutes.SignalByName)] = new("Sets a signal of the environment; running streams are decided again"),
        [("DELETE", ManagementRoutes.SignalByName)] = new("Takes a signal back: terms about it deny"),
        [("POST", ManagementRoutes.Consents)] = new("Records a consent"),
        [("GET", ManagementRoutes.Consents)] = new("Consents, oldest first, withdrawn ones with them"),
        [("DELETE", ManagementRoutes.ConsentById)] = new("Withdraws a consent"),
        [("GET", ManagementRoutes.ProductCoverage)] = new("What is done about each term of a product's offer"),
        [("GET", ManagementRoutes.OfferCoverage)] = new("What is done about each term of an offer"),
        [("GET", ManagementRoutes.AgreementCoverage)] = new("What is done about each term of an agreement"),
        [("POST", ManagementRoutes.CatalogCoverage)] = new("What would be done about each term of a peer's offers, before anything is signed"),
        [("GET", ManagementRoutes.Usage)] = new("What was used under an agreement") { Waits = "until no use of it is under way and ended flows are recorded" },
        [("GET", ManagementRoutes.UsageRecords)] = new("Closed records of use of an agreement, oldest first") { Waits = "until no use of it is under way and ended flows are recorded" },
        [("GET", ManagementRoutes.Statements)] = new("What the use of a period costs") { Waits = "until the use of its period is recorded", Answer = (200, typeof(Protocol.Pricing.Statement), "application/json") },
        [("POST", ManagementRoutes.WhatIf)] = new("What the use of a period would cost by another price plan") { Waits = "until the use of its period is recorded", Answer = (200, typeof(Protocol.Pricing.Statement), "application/json") },
        [("GET", ManagementRoutes.Settlements)] = new("Settlements of this participant, as the authority has them"),
        [("GET", ManagementRoutes.SettlementById)] = new("One settlement: its statement, corrections, signatures and payment"),
        [("GET", ManagementRoutes.BalanceById)] = new("What was paid in advance under an agreement, and what is left of it"),
        [("POST", ManagementRoutes.SettlementSignature)] = new("Compares a settlement with this connector's own records, and signs it") { Waits = "until the use of its period is recorded" },
        [("GET", ManagementRoutes.Events)] = new("What this connector has committed, oldest first: a page, or with Accept: text/event-stream a stream without end") { Answer = (200, typeof(Protocol.Authority.Page<EventView>), "application/json") },
        [("POST", ManagementRoutes.Webhooks)] = new("Has events delivered to an address; shows the secret of its signatures this once"),
        [("GET", ManagementRoutes.Webhooks)] = new("Web-hooks, and how they stand"),
        [("GET", ManagementRoutes.WebhookById)] = new("One web-hook: how it stands, and why its last delivery failed"),
        [("DELETE", ManagementRoutes.WebhookById)] = new("Ends the deliveries of a web-hook"),
        [("POST", ManagementRoutes.WebhookRotation)] = new("Makes a new secret, and shows it this once; the one before signs beside it for a time"),
        [("POST", ManagementRoutes.WebhookReplaying)] = new("Has a web-hook go on behind an event; also when it was disabled"),
        [("GET", ManagementRoutes.AssetById)] = new("One source, without its credentials"),
        [("DELETE", ManagementRoutes.AssetById)] = new("Removes a source that nothing needs any more"),
        [("GET", ManagementRoutes.ProductById)] = new("One product, as it is offered now"),
        [("DELETE", ManagementRoutes.ProductById)] = new("Withdraws a product: agreements on it stay"),
        [("GET", ManagementRoutes.ProductVersions)] = new("The versions of a product"),
        [("GET", ManagementRoutes.OfferById)] = new("One offer, of the present version of a product or an earlier one"),
        [("POST", ManagementRoutes.PolicyCheck)] = new("Says of each term of a policy what would be done about it, and publishes nothing"),
        [("GET", ManagementRoutes.Outbox)] = new("What waits to be delivered, and which peers do not answer"),
        [("POST", TokenRoutes.Tokens)] = new("Makes a management token with some scopes; shows it this once"),
        [("GET", TokenRoutes.Tokens)] = new("Management tokens, by name"),
        [("DELETE", TokenRoutes.Token)] = new("Takes a management token back"),
        [("GET", TokenRoutes.Scopes)] = new("Every scope there is at this connector"),
        [("DELETE", KeyRoutes.Key)] = new("Revokes a replaced key before its overlap ends"),
        [("GET", KeyRoutes.Keys)] = new("The signing keys, newest first"),
        [("POST", KeyRoutes.Rotation)] = new("Begins to replace the signing key") { Waits = "until the new key signs" },
    }.ToFrozenDictionary();
}
