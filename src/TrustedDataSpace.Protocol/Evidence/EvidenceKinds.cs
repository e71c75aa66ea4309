namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>The kinds of evidence that this version writes.</summary>
public static class EvidenceKinds
{
    /// <summary>The operator made an invite.</summary>
    public const string InviteCreated = "invite.created";

    /// <summary>Somebody has applied with an invite.</summary>
    public const string InviteUsed = "invite.used";

    /// <summary>The operator took an invite back.</summary>
    public const string InviteRevoked = "invite.revoked";

    /// <summary>Somebody asked to join.</summary>
    public const string ParticipantApplied = "participant.applied";

    /// <summary>Somebody was admitted.</summary>
    public const string ParticipantAdmitted = "participant.admitted";

    /// <summary>A member was suspended.</summary>
    public const string ParticipantSuspended = "participant.suspended";

    /// <summary>A member has left the space.</summary>
    public const string ParticipantLeft = "participant.left";

    /// <summary>A member has said anew who stands behind it.</summary>
    public const string ParticipantOrganisationChanged = "participant.organisation_changed";

    /// <summary>A member's connector is at another address.</summary>
    public const string ParticipantMoved = "participant.moved";

    /// <summary>A member has registered another key.</summary>
    public const string ParticipantKeyReplaced = "participant.key_replaced";

    /// <summary>A member's replaced key counts no more, before its time.</summary>
    public const string ParticipantKeyRevoked = "participant.key_revoked";

    /// <summary>A service's replaced key counts no more, before its time.</summary>
    public const string KeyRevoked = "key.revoked";

    /// <summary>A service has published the key that will sign next.</summary>
    public const string KeyPublished = "key.published";

    /// <summary>A service signs with another key from now on.</summary>
    public const string KeyReplaced = "key.replaced";

    /// <summary>Somebody may do more in the management interface of a service.</summary>
    public const string ManagementTokenCreated = "management_token.created";

    /// <summary>A token of the management interface opens nothing any more.</summary>
    public const string ManagementTokenDeleted = "management_token.deleted";

    /// <summary>Somebody got an account.</summary>
    public const string AccountCreated = "account.created";

    /// <summary>An account has a new one-time secret in place of its password.</summary>
    public const string AccountReset = "account.reset";

    /// <summary>Somebody has chosen a password.</summary>
    public const string AccountPasswordChosen = "account.password_chosen";

    /// <summary>Too many wrong passwords: an account is locked for a while.</summary>
    public const string AccountLocked = "account.locked";

    /// <summary>Nobody signs in with an account any more.</summary>
    public const string AccountDisabled = "account.disabled";

    /// <summary>Somebody has signed in.</summary>
    public const string SignInStarted = "sign_in.started";

    /// <summary>What came out of a signing in counts no more.</summary>
    public const string SignInRevoked = "sign_in.revoked";

    /// <summary>A program was registered to sign in.</summary>
    public const string ClientRegistered = "client.registered";

    /// <summary>A program signs in no more.</summary>
    public const string ClientRemoved = "client.removed";

    /// <summary>A credential was issued.</summary>
    public const string CredentialIssued = "credential.issued";

    /// <summary>The operator has authorised a request for a credential beforehand.</summary>
    public const string CredentialAuthorised = "credential.authorised";

    /// <summary>A holder has what it asked the issuer for.</summary>
    public const string CredentialDelivered = "credential.delivered";

    /// <summary>A holder could not be given what it asked the issuer for.</summary>
    public const string CredentialNotDelivered = "credential.not_delivered";

    /// <summary>The space believes other issuers, or believes them for other types.</summary>
    public const string TrustChanged = "trust.changed";

    /// <summary>A credential ended for good.</summary>
    public const string CredentialRevoked = "credential.revoked";

    /// <summary>A credential does not hold for now.</summary>
    public const string CredentialSuspended = "credential.suspended";

    /// <summary>A suspended credential holds again.</summary>
    public const string CredentialResumed = "credential.resumed";

    /// <summary>A holder has asked an issuer for credentials.</summary>
    public const string CredentialRequested = "credential.requested";

    /// <summary>A holder has got credentials that it asked for.</summary>
    public const string CredentialReceived = "credential.received";

    /// <summary>An issuer gives a holder no credentials, or could not be asked.</summary>
    public const string CredentialRejected = "credential.rejected";

    /// <summary>A data product was published.</summary>
    public const string ProductPublished = "product.published";

    /// <summary>A data product is offered no longer.</summary>
    public const string ProductWithdrawn = "product.withdrawn";

    /// <summary>A contract was requested, or asked for again with other terms.</summary>
    public const string NegotiationRequested = "negotiation.requested";

    /// <summary>The provider made an offer.</summary>
    public const string NegotiationOffered = "negotiation.offered";

    /// <summary>The consumer accepted the offer.</summary>
    public const string NegotiationAccepted = "negotiation.accepted";

    /// <summary>The provider agreed.</summary>
    public const string NegotiationAgreed = "negotiation.agreed";

    /// <summary>The consumer verified the agreement.</summary>
    public const string NegotiationVerified = "negotiation.verified";

    /// <summary>The contract is made.</summary>
    public const string NegotiationFinalized = "negotiation.finalized";

    /// <summary>The negotiation was broken off.</summary>
    public const string NegotiationTerminated = "negotiation.terminated";

    /// <summary>The authority filed the agreement.</summary>
    public const string AgreementFiled = "agreement.filed";

    /// <summary>A party has ended the agreement before its time.</summary>
    public const string AgreementEnded = "agreement.ended";

    /// <summary>A transfer was requested.</summary>
    public const string TransferRequested = "transfer.requested";

    /// <summary>A transfer started.</summary>
    public const string TransferStarted = "transfer.started";

    /// <summary>A transfer was completed.</summary>
    public const string TransferCompleted = "transfer.completed";

    /// <summary>A transfer was suspended.</summary>
    public const string TransferSuspended = "transfer.suspended";

    /// <summary>A transfer was ended.</summary>
    public const string TransferTerminated = "transfer.terminated";

    /// <summary>A use is about to be released; its contract asks that this is in the log before.</summary>
    public const string ReleaseAnnounced = "release.announced";

    /// <summary>A decision denied something.</summary>
    public const string DecisionDenied = "decision.denied";

    /// <summary>Decisions of one minute denied more than is logged singly.</summary>
    public const string DecisionsDenied = "decisions.denied";

    /// <summary>A signal of the environment has another value.</summary>
    public const string SignalSet = "signal.set";

    /// <summary>A signal of the environment is not known any more.</summary>
    public const string SignalCleared = "signal.cleared";

    /// <summary>Somebody consents to a use.</summary>
    public const string ConsentGranted = "consent.granted";

    /// <summary>A consent was withdrawn.</summary>
    public const string ConsentWithdrawn = "consent.withdrawn";

    /// <summary>The usage of an interval was recorded.</summary>
    public const string UsageRecorded = "usage.recorded";

    /// <summary>The two parties of a flow have signed records of an interval: equal, or not.</summary>
    public const string UsageCompared = "usage.compared";

    /// <summary>The counterparty has not signed an interval in time.</summary>
    public const string UsageUnsigned = "usage.unsigned";

    /// <summary>The authority has matched the records of an interval: they settle.</summary>
    public const string UsageSettled = "usage.settled";

    /// <summary>The records of an interval are in dispute.</summary>
    public const string DisputeOpened = "dispute.opened";

    /// <summary>A party's leaves of a disputed interval were added up again.</summary>
    public const string DisputeRecounted = "dispute.recounted";

    /// <summary>A dispute is over.</summary>
    public const string DisputeResolved = "dispute.resolved";

    /// <summary>A period of an agreement was settled, or a settlement corrected.</summary>
    public const string SettlementIssued = "settlement.issued";

    /// <summary>A party has signed a settlement.</summary>
    public const string SettlementSigned = "settlement.signed";

    /// <summary>A settlement was paid.</summary>
    public const string SettlementPaid = "settlement.paid";

    /// <summary>A payment in advance was confirmed.</summary>
    public const string BalanceToppedUp = "balance.toppedUp";

    /// <summary>A web-hook was failing for too long, and is tried no more.</summary>
    public const string WebhookDisabled = "webhook.disabled";

    /// <summary>The log follows another one, of which entries are lost.</summary>
    public const string LogSucceeded = "log.succeeded";

    /// <summary>A participant takes another log for the log of the space.</summary>
    public const string LogAccepted = "log.accepted";

    /// <summary>A policy bundle was published.</summary>
    public const string BundlePublished = "bundle.published";
}
