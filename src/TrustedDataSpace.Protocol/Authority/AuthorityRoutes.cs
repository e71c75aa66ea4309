using System.Globalization;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>The addresses of the authority's API: templates for the server, builders for clients.</summary>
public static class AuthorityRoutes
{
    /// <summary>Discovery (OpenID Connect Discovery 1.0).</summary>
    public const string OpenIdConfiguration = "/.well-known/openid-configuration";

    /// <summary>The keys of the authority.</summary>
    public const string Jwks = "/.well-known/jwks.json";

    /// <summary>The token endpoint (RFC 6749).</summary>
    public const string Token = "/oauth2/token";

    /// <summary>The policy bundle of the space (OPA's Bundle API).</summary>
    public const string SpaceBundle = "/bundles/space.tar.gz";

    /// <summary>What all addresses of the API begin with.</summary>
    public const string Api = "/api/v1";

    /// <summary>POST: ask to join. With a wait (RFC 7240 §4.3): until the operator has decided.</summary>
    public const string Applications = Api + "/applications";

    /// <summary>POST: make an invite; GET: a page of invites.</summary>
    public const string Invites = Api + "/invites";

    /// <summary>DELETE: revoke an invite.</summary>
    public const string Invite = Invites + "/{id}";

    /// <summary>POST: what the code of an invite is good for.</summary>
    public const string Invitations = Api + "/invitations";

    /// <summary>GET: a page of participants.</summary>
    public const string Participants = Api + "/participants";

    /// <summary>GET: one participant.</summary>
    public const string Participant = Participants + "/{id}";

    /// <summary>POST: admit.</summary>
    public const string Admission = Participant + "/admission";

    /// <summary>POST: suspend.</summary>
    public const string Suspension = Participant + "/suspension";

    /// <summary>POST: the participant leaves the space.</summary>
    public const string Departure = Participant + "/departure";

    /// <summary>PUT: who stands behind the participant.</summary>
    public const string Organisation = Participant + "/organisation";

    /// <summary>PUT: where the participant's connector is.</summary>
    public const string Endpoint = Participant + "/endpoint";

    /// <summary>PUT: the key that the participant signs with from now on.</summary>
    public const string ParticipantKey = Participant + "/key";

    /// <summary>DELETE: a key that the participant has replaced counts no more.</summary>
    public const string FormerKey = Participant + "/former-keys/{kid}";

    /// <summary>GET: whose standing changes, as server-sent events, each a signed <see cref="StandingEpoch"/>.</summary>
    public const string Standing = Api + "/standing";

    /// <summary>GET: the kinds of credentials that are issued.</summary>
    public const string CredentialTypes = Api + "/credential-types";

    /// <summary>POST: issue a credential; GET: a page of them.</summary>
    public const string Credentials = Api + "/credentials";

    /// <summary>GET: one credential.</summary>
    public const string Credential = Credentials + "/{id}";

    /// <summary>POST: the credential ends for good.</summary>
    public const string CredentialRevocation = Credential + "/revocation";

    /// <summary>POST: the credential does not hold for now.</summary>
    public const string CredentialSuspension = Credential + "/suspension";

    /// <summary>POST: the suspended credential holds again.</summary>
    public const string CredentialResumption = Credential + "/resumption";

    /// <summary>POST: tell the holder that it can ask for the credential.</summary>
    public const string CredentialOffer = Credential + "/offer";

    /// <summary>POST: authorise a request beforehand.</summary>
    public const string CredentialCodes = Api + "/credential-codes";

    /// <summary>GET: which issuers the space believes, signed.</summary>
    public const string TrustList = "/credentials/trust-list";

    /// <summary>GET: which issuers the space believes.</summary>
    public const string TrustedIssuers = Api + "/trusted-issuers";

    /// <summary>PUT: the space believes the issuer for these types; DELETE: for nothing any longer.</summary>
    public const string TrustedIssuer = TrustedIssuers + "/{id}";

    /// <summary>Base of the Issuer Service (DCP §6).</summary>
    public const string IssuerService = "/dcp/issuer";

    /// <summary>GET: a status list. With a wait (RFC 7240 §4.3) and its entity tag: until it has changed.</summary>
    public const string StatusList = "/credentials/status/{list:long}/{purpose}/{form}";

    /// <summary>GET: the schema of the claims of a credential type.</summary>
    public const string CredentialSchema = "/credentials/schemas/{type}";

    /// <summary>POST: publish; GET: search.</summary>
    public const string Products = Api + "/products";

    /// <summary>DELETE: the caller offers its product of that id no longer.</summary>
    public const string Product = Products + "/{id}";

    /// <summary>POST: file an agreement.</summary>
    public const string Agreements = Api + "/agreements";

    /// <summary>GET: a filed agreement.</summary>
    public const string Agreement = Agreements + "/{id}";

    /// <summary>POST: the records of one interval, signed by the parties; GET: a page of receipts of one agreement.</summary>
    public const string Receipts = Api + "/receipts";

    /// <summary>GET: a page of disputes.</summary>
    public const string Disputes = Api + "/disputes";

    /// <summary>GET: a dispute.</summary>
    public const string Dispute = Disputes + "/{id}";

    /// <summary>GET: a page of the requests that were counted differently.</summary>
    public const string DisputeDifferences = Dispute + "/differences";

    /// <summary>PUT: leaves of the caller's record.</summary>
    public const string DisputeLeaves = Dispute + "/leaves";

    /// <summary>POST: resolve a dispute.</summary>
    public const string DisputeResolution = Dispute + "/resolution";

    /// <summary>POST: settle a period of an agreement; GET: a page of settlements.</summary>
    public const string Settlements = Api + "/settlements";

    /// <summary>GET: a settlement.</summary>
    public const string Settlement = Settlements + "/{id}";

    /// <summary>GET: its charges as CSV under the column names of FOCUS.</summary>
    public const string SettlementFocus = Settlement + "/focus.csv";

    /// <summary>POST: the caller's signature.</summary>
    public const string SettlementSignature = Settlement + "/signature";

    /// <summary>POST: a person confirms the payment.</summary>
    public const string SettlementPayment = Settlement + "/payment";

    /// <summary>POST: a payment service confirms a payment, signed as Standard Webhooks says.</summary>
    public const string Payments = Api + "/payments";

    /// <summary>POST <see cref="TopUp"/>: a payment in advance was confirmed; answers with the <see cref="BalanceView"/>.</summary>
    public const string TopUps = Api + "/top-ups";

    /// <summary>GET <see cref="BalanceView"/> of an agreement, for its parties.</summary>
    public const string Balance = Api + "/balances/{id}";

    /// <summary>POST: append evidence; GET: a page of signed batches.</summary>
    public const string EvidenceBatches = Api + "/evidence/batches";

    /// <summary>GET: the signed head of the log.</summary>
    public const string EvidenceCheckpoint = Api + "/evidence/checkpoint";

    /// <summary>GET a page of <see cref="AuditedEntry"/>: <c>?kind&amp;source&amp;participant&amp;agreement&amp;process&amp;product&amp;version&amp;since&amp;until&amp;from&amp;limit&amp;check</c>.</summary>
    public const string AuditEntries = Api + "/audit/entries";

    /// <summary>GET a page of <see cref="AuditedEntry"/>: the course of one agreement, negotiation or transfer, <c>?from&amp;limit</c>.</summary>
    public const string AuditCourse = Api + "/audit/courses/{id}";

    /// <summary>GET a page of <see cref="AuditGap"/>: <c>?kind&amp;agreement&amp;product&amp;participant&amp;since&amp;until&amp;olderThan&amp;from&amp;limit&amp;check</c>.</summary>
    public const string AuditGaps = Api + "/audit/gaps";

    /// <summary>GET a page of <see cref="AuditedAgreement"/>: <c>?state&amp;undestroyed&amp;at&amp;agreement&amp;product&amp;participant&amp;since&amp;until&amp;from&amp;limit&amp;check</c>.</summary>
    public const string AuditAgreements = Api + "/audit/agreements";

    /// <summary>GET <see cref="LogCollectionStatus"/>: whether the authority collects what its log has lost; POST <see cref="LogReturn"/>: a member hands it back.</summary>
    public const string EvidenceReturns = Api + "/evidence/returns";

    /// <summary>GET a page of <see cref="SealedEntry"/>: the authority's own entries for its witnesses to keep, <c>?from&amp;to&amp;limit</c>.</summary>
    public const string EvidenceCopies = Api + "/evidence/copies";

    /// <summary>GET <see cref="LogHoldStatus"/>: whether the log waits after a restore.</summary>
    public const string EvidenceHold = Api + "/evidence/hold";

    /// <summary>POST <see cref="LogContinuation"/>: the restored log is what was published last, and goes on.</summary>
    public const string EvidenceResumption = Api + "/evidence/resumption";

    /// <summary>POST <see cref="LogContinuation"/>: entries are lost; another log follows.</summary>
    public const string EvidenceSuccession = Api + "/evidence/succession";

    /// <summary>POST: a member's signature under a checkpoint.</summary>
    public const string EvidenceCosignatures = Api + "/evidence/cosignatures";

    /// <summary>GET: a page of entries.</summary>
    public const string EvidenceEntries = Api + "/evidence/entries";

    /// <summary>GET: a proof that an entry is in the log.</summary>
    public const string EvidenceInclusion = Api + "/evidence/inclusion";

    /// <summary>GET: a proof that the log was only added to.</summary>
    public const string EvidenceConsistency = Api + "/evidence/consistency";

    /// <summary>GET: a page of signed checkpoints, the oldest first.</summary>
    public const string EvidenceCheckpoints = Api + "/evidence/checkpoints";

    /// <summary>The log as static files (C2SP tlog-tiles): what stands before <c>/checkpoint</c> and <c>/tile</c>.</summary>
    public const string Log = "/log";

    /// <summary>GET: the signed head of the log.</summary>
    public const string LogCheckpoint = Log + "/checkpoint";

    /// <summary>GET: a tile of hashes.</summary>
    public const string LogTile = Log + "/tile/{level}/{**tile}";

    /// <summary>GET: a tile of entries.</summary>
    public const string LogEntries = Log + "/tile/entries/{**tile}";

    /// <summary>GET: the whole log for offline verification.</summary>
    public const string EvidenceExport = Api + "/evidence/export";

    /// <summary>The address of a page of participants.</summary>
    public static string ParticipantsPage(int limit, string? cursor = null) => Page(Participants + "?", limit, cursor);

    /// <summary>The address of a page of invites.</summary>
    public static string InvitesPage(int limit, string? cursor = null) => Page(Invites + "?", limit, cursor);

    /// <summary>The address of an invite.</summary>
    public static string ForInvite(string id) => Fill(Invite, id);

    /// <summary>The address of a participant.</summary>
    public static string ForParticipant(string id) => Fill(Participant, id);

    /// <summary>The address for admitting a participant.</summary>
    public static string ForAdmission(string id) => Fill(Admission, id);

    /// <summary>The address for suspending a participant.</summary>
    public static string ForSuspension(string id) => Fill(Suspension, id);

    /// <summary>The address for leaving.</summary>
    public static string ForDeparture(string id) => Fill(Departure, id);

    /// <summary>The address for who stands behind a participant.</summary>
    public static string ForOrganisation(string id) => Fill(Organisation, id);

    /// <summary>The address for a participant's endpoint.</summary>
    public static string ForEndpoint(string id) => Fill(Endpoint, id);

    /// <summary>The address for a participant's key.</summary>
    public static string ForParticipantKey(string id) => Fill(ParticipantKey, id);

    /// <summary>The address for a key that a participant has replaced.</summary>
    public static string ForFormerKey(string id, string kid) => Fill(FormerKey, id).Replace("{kid}", Uri.EscapeDataString(kid), StringComparison.Ordinal);

    /// <summary>The address of the changes of standing after one of them, or all from now on.</summary>
    public static string StandingAfter(long? change) => change is null ? Standing : string.Create(CultureInfo.InvariantCulture, $"{Standing}?after={change}");

    /// <summary>The address of a page of credentials.</summary>
    public static string CredentialsPage(string? holder, string? type, int limit, string? cursor = null) => Page(CredentialsOf(holder, type), limit, cursor);

    /// <summary>The beginning of the address of a page of credentials, of one holder or type if given; ends where its paging is added.</summary>
    public static string CredentialsOf(string? holder, string? type) =>
        Credentials + "?" + (holder is null ? "" : $"holder={Uri.EscapeDataString(holder)}&") + (type is null ? "" : $"type={Uri.EscapeDataString(type)}&");

    /// <summary>The address of a credential.</summary>
    public static string ForCredential(string id) => Fill(Credential, id);

    /// <summary>The address for revoking a credential.</summary>
    public static string ForCredentialRevocation(string id) => Fill(CredentialRevocation, id);

    /// <summary>The address for suspending a credential.</summary>
    public static string ForCredentialSuspension(string id) => Fill(CredentialSuspension, id);

    /// <summary>The address for resuming a credential.</summary>
    public static string ForCredentialResumption(string id) => Fill(CredentialResumption, id);

    /// <summary>The address for offering a credential to its holder.</summary>
    public static string ForCredentialOffer(string id) => Fill(CredentialOffer, id);

    /// <summary>The address of an issuer that is believed.</summary>
    public static string ForTrustedIssuer(string id) => Fill(TrustedIssuer, id);

    /// <summary>The address of a status list.</summary>
    public static string ForStatusList(long list, string purpose, string form) => string.Create(CultureInfo.InvariantCulture, $"/credentials/status/{list}/{purpose}/{form}");

    /// <summary>The address of the schema of a credential type.</summary>
    public static string ForCredentialSchema(string type) => "/credentials/schemas/" + Uri.EscapeDataString(type);

    /// <summary>The address of a page of products.</summary>
    public static string ProductsPage(string? query, int limit, string? cursor = null) =>
        Page(query is null ? Products + "?" : $"{Products}?q={Uri.EscapeDataString(query)}&", limit, cursor);

    /// <summary>The address of a product of the caller.</summary>
    public static string ForProduct(string id) => Fill(Product, id);

    /// <summary>The address of a filed agreement.</summary>
    public static string ForAgreement(string id) => Fill(Agreement, id);

    /// <summary>The address of a dispute, or of a part of it.</summary>
    public static string ForDispute(string id, string template = Dispute) => Fill(template, id);

    /// <summary>The address of the receipts of an agreement, without paging.</summary>
    public static string ReceiptsOf(string agreement) => $"{Receipts}?agreement={Uri.EscapeDataString(agreement)}";

    /// <summary>The address of a page of an agreement's receipts, from that interval on.</summary>
    public static string ReceiptsPage(string agreement, long from, int limit, string? cursor) =>
        Page(string.Create(CultureInfo.InvariantCulture, $"{ReceiptsOf(agreement)}&from={from}&"), limit, cursor);

    /// <summary>The address for a batch of one who has seen the log with that size; null: who has not seen it.</summary>
    public static string BatchesSeen(long? size) => size is null ? EvidenceBatches : string.Create(CultureInfo.InvariantCulture, $"{EvidenceBatches}?seen={size}");

    /// <summary>The address of the authority's own entries from one place to before another.</summary>
    public static string CopiesBetween(long from, long to) => string.Create(CultureInfo.InvariantCulture, $"{EvidenceCopies}?from={from}&to={to}&limit={LogReturn.MaxOwn}");

    /// <summary>The address of a settlement, or of a part of it.</summary>
    public static string ForSettlement(string id, string template = Settlement) => Fill(template, id);

    /// <summary>The address of the balance of an agreement.</summary>
    public static string ForBalance(string agreement) => Fill(Balance, agreement);

    /// <summary>The address of a page of settlements, of all agreements or of one.</summary>
    public static string SettlementsPage(string? agreement, int limit, string? cursor = null) =>
        Page(agreement is null ? Settlements + "?" : $"{Settlements}?agreement={Uri.EscapeDataString(agreement)}&", limit, cursor);

    /// <summary>The address of the course of something.</summary>
    public static string ForCourse(string id) => Fill(AuditCourse, id);

    /// <summary>The address of a page of evidence.</summary>
    public static string EvidenceEntriesPage(long from, int limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{EvidenceEntries}?from={from}&limit={limit}");

    /// <summary>The address of the proof that entry <paramref name="index"/> is in the log of that size.</summary>
    public static string InclusionOf(long index, long size) =>
        string.Create(CultureInfo.InvariantCulture, $"{EvidenceInclusion}?index={index}&size={size}");

    /// <summary>The address of the proof that the log of one size grew into that of another.</summary>
    public static string ConsistencyBetween(long from, long to) =>
        string.Create(CultureInfo.InvariantCulture, $"{EvidenceConsistency}?from={from}&to={to}");

    private static string Fill(string template, string id) => template.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal);

    private static string Page(string address, int limit, string? cursor)
    {
        var page = string.Create(CultureInfo.InvariantCulture, $"{address}limit={limit}");
        return cursor is null ? page : $"{page}&cursor={Uri.EscapeDataString(cursor)}";
    }
}
