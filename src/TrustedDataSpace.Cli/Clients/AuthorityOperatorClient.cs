using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>The authority's API as the operator of the space uses it.</summary>
internal sealed class AuthorityOperatorClient(HttpClient http, ServiceAccess access)
{
    private readonly ServiceClient client = new(http, access.Url ?? "", access.Token);

    /// <summary>A participant; null while nobody of that DID has applied.</summary>
    public async Task<Participant?> FindParticipantAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return await client.GetAsync<Participant>(AuthorityRoutes.ForParticipant(id), cancellation);
        }
        catch (ServiceRefusalException refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Admits an applicant.</summary>
    public Task<Participant> AdmitAsync(string id, CancellationToken cancellation, string? reason = null) =>
        client.PostAsync<Participant>(AuthorityRoutes.ForAdmission(id), new MembershipStep(reason), cancellation);

    /// <summary>Suspends a member, or turns an applicant away.</summary>
    public Task<Participant> SuspendAsync(string id, CancellationToken cancellation, string? reason = null) =>
        client.PostAsync<Participant>(AuthorityRoutes.ForSuspension(id), new MembershipStep(reason), cancellation);

    /// <summary>A member leaves.</summary>
    public Task<Participant> LeaveAsync(string id, string? reason, CancellationToken cancellation) =>
        client.PostAsync<Participant>(AuthorityRoutes.ForDeparture(id), new MembershipStep(reason), cancellation);

    /// <summary>Members and applicants, all pages.</summary>
    public Task<IReadOnlyList<Participant>> ParticipantsAsync(CancellationToken cancellation) =>
        client.AllAsync<Participant>(AuthorityRoutes.Participants + "?", cancellation);

    /// <summary>The kinds of credentials that are issued.</summary>
    public Task<IReadOnlyList<CredentialKind>> CredentialTypesAsync(CancellationToken cancellation) => client.GetAsync<IReadOnlyList<CredentialKind>>(AuthorityRoutes.CredentialTypes, cancellation);

    /// <summary>Credentials, all pages; of one member or one type, if given.</summary>
    public Task<IReadOnlyList<IssuedCredential>> CredentialsAsync(string? holder, string? type, CancellationToken cancellation) =>
        client.AllAsync<IssuedCredential>(AuthorityRoutes.CredentialsOf(holder, type), cancellation);

    /// <summary>One credential.</summary>
    public Task<IssuedCredential> CredentialAsync(string id, CancellationToken cancellation) => client.GetAsync<IssuedCredential>(AuthorityRoutes.ForCredential(id), cancellation);

    /// <summary>Issues a credential.</summary>
    public Task<IssuedCredential> IssueCredentialAsync(CredentialOrder order, CancellationToken cancellation) =>
        client.PostAsync<IssuedCredential>(AuthorityRoutes.Credentials, order, cancellation);

    /// <summary>Authorises a request for a credential beforehand.</summary>
    public Task<CredentialCode> AuthoriseCredentialAsync(CredentialCodeOrder order, CancellationToken cancellation) =>
        client.PostAsync<CredentialCode>(AuthorityRoutes.CredentialCodes, order, cancellation);

    /// <summary>Offers a credential to its holder.</summary>
    public Task OfferCredentialAsync(string id, CancellationToken cancellation) => client.SendAsync(HttpMethod.Post, AuthorityRoutes.ForCredentialOffer(id), null, cancellation);

    /// <summary>Which issuers the space believes.</summary>
    public Task<NumberedTrust> TrustAsync(CancellationToken cancellation) => client.GetAsync<NumberedTrust>(AuthorityRoutes.TrustedIssuers, cancellation);

    /// <summary>The space believes an issuer for these types and claims.</summary>
    public Task TrustAsync(string issuer, IssuerTrust trust, CancellationToken cancellation) =>
        client.SendAsync(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(issuer), trust, cancellation);

    /// <summary>The space believes an issuer no longer.</summary>
    public Task DistrustAsync(string issuer, CancellationToken cancellation) => client.SendAsync(HttpMethod.Delete, AuthorityRoutes.ForTrustedIssuer(issuer), null, cancellation);

    /// <summary>A credential ends for good.</summary>
    public Task<IssuedCredential> RevokeCredentialAsync(string id, string? reason, CancellationToken cancellation) =>
        client.PostAsync<IssuedCredential>(AuthorityRoutes.ForCredentialRevocation(id), new CredentialStep(reason), cancellation);

    /// <summary>A credential does not hold for now.</summary>
    public Task<IssuedCredential> SuspendCredentialAsync(string id, string? reason, CancellationToken cancellation) =>
        client.PostAsync<IssuedCredential>(AuthorityRoutes.ForCredentialSuspension(id), new CredentialStep(reason), cancellation);

    /// <summary>A suspended credential holds again.</summary>
    public Task<IssuedCredential> ResumeCredentialAsync(string id, string? reason, CancellationToken cancellation) =>
        client.PostAsync<IssuedCredential>(AuthorityRoutes.ForCredentialResumption(id), new CredentialStep(reason), cancellation);

    /// <summary>Makes an invite.</summary>
    public Task<InviteCode> InviteAsync(InviteDefinition definition, CancellationToken cancellation) =>
        client.PostAsync<InviteCode>(AuthorityRoutes.Invites, definition, cancellation);

    /// <summary>Invites, all pages.</summary>
    public Task<IReadOnlyList<Invite>> InvitesAsync(CancellationToken cancellation) => client.AllAsync<Invite>(AuthorityRoutes.Invites + "?", cancellation);

    /// <summary>Takes an invite back.</summary>
    public Task RevokeInviteAsync(string id, CancellationToken cancellation) =>
        client.SendAsync(HttpMethod.Delete, AuthorityRoutes.ForInvite(id), null, cancellation);

    /// <summary>What the code of an invite is good for. Needs no token.</summary>
    public Task<Invitation> InvitationAsync(string code, CancellationToken cancellation) =>
        client.PostAsync<Invitation>(AuthorityRoutes.Invitations, new InvitationQuery(code), cancellation);

    /// <summary>Searches the products of the space (first page).</summary>
    public Task<ProductPage> SearchAsync(string words, CancellationToken cancellation) =>
        client.GetAsync<ProductPage>(AuthorityRoutes.ProductsPage(words, limit: 50), cancellation);

    /// <summary>A filed agreement.</summary>
    public Task<AgreementFiling> AgreementAsync(string id, CancellationToken cancellation) =>
        client.GetAsync<AgreementFiling>(AuthorityRoutes.ForAgreement(id), cancellation);

    /// <summary>What the authority issues over DCP.</summary>
    public async Task<IssuerMetadata> IssuerMetadataAsync(CancellationToken cancellation) => DcpJson.Read<IssuerMetadata>(await BytesAsync(AuthorityRoutes.IssuerService + DcpRoutes.Metadata, cancellation));

    /// <summary>The keys of the authority.</summary>
    public Task<JwkSet> KeysAsync(CancellationToken cancellation) => client.GetAsync<JwkSet>(AuthorityRoutes.Jwks, cancellation);

    /// <summary>The signed head of the evidence log.</summary>
    public async Task<string> CheckpointAsync(CancellationToken cancellation) => Encoding.UTF8.GetString(await BytesAsync(AuthorityRoutes.LogCheckpoint, cancellation));

    /// <summary>Whether the log waits after a restore, and for what.</summary>
    public Task<LogHoldStatus> LogHoldAsync(CancellationToken cancellation) => client.GetAsync<LogHoldStatus>(AuthorityRoutes.EvidenceHold, cancellation);

    /// <summary>The restored log goes on, or another one follows.</summary>
    public Task<LogHoldStatus> ContinueLogAsync(string route, LogContinuation continuation, CancellationToken cancellation) => client.PostAsync<LogHoldStatus>(route, continuation, cancellation);

    /// <summary>A tile of the log; null where there is none.</summary>
    public async Task<byte[]?> FindTileAsync(TilePath tile, CancellationToken cancellation)
    {
        try
        {
            return await BytesAsync($"{AuthorityRoutes.Log}/{tile}", cancellation);
        }
        catch (ServiceRefusalException refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>All checkpoints, the smallest first.</summary>
    public IAsyncEnumerable<string> CheckpointsAsync(CancellationToken cancellation) => FromAsync<string>(AuthorityRoutes.EvidenceCheckpoints, cancellation);

    /// <summary>What members have signed over their entries, in the order of the log.</summary>
    public IAsyncEnumerable<LoggedBatch> BatchesAsync(CancellationToken cancellation) => FromAsync<LoggedBatch>(AuthorityRoutes.EvidenceBatches, cancellation);

    /// <summary>All that is needed to verify the log's signatures: its own keys, and those that members sign and have signed with.</summary>
    public async Task<LogKeys> LogKeysAsync(CancellationToken cancellation)
    {
        var sources = new Dictionary<string, IReadOnlyList<Jwk>>(StringComparer.Ordinal);
        foreach (var participant in await ParticipantsAsync(cancellation))
        {
            var one = await FindParticipantAsync(participant.Id.ToString(), cancellation) ?? participant;
            sources[one.Id.ToString()] = [one.Key, .. one.FormerKeys.Select(former => former.Key)];
        }

        return new LogKeys([.. (await KeysAsync(cancellation)).LogKeys().Select(key => key.Jwk)], sources);
    }

    /// <summary>All entries, in the order of the log.</summary>
    public IAsyncEnumerable<EvidenceEntry> EntriesAsync(CancellationToken cancellation) => FromAsync<EvidenceEntry>(AuthorityRoutes.EvidenceEntries, cancellation);

    /// <summary>What answers an auditor's question, all pages.</summary>
    /// <param name="question">Address that ends with <c>?</c> or <c>&amp;</c>.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<T> AuditAsync<T>(string question, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (string? from = "0"; from is not null;)
        {
            var page = await client.GetAsync<Page<T>>($"{question}limit=200&from={from}", cancellation);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            from = page.Next;
        }
    }

    /// <summary>Writes the whole evidence log to a stream.</summary>
    public Task ExportEvidenceAsync(Stream target, CancellationToken cancellation) => client.DownloadAsync(AuthorityRoutes.EvidenceExport, target, cancellation);

    private async Task<byte[]> BytesAsync(string route, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await client.DownloadAsync(route, bytes, cancellation);
        return bytes.ToArray();
    }

    // Lists of the log are asked for from a number on.
    private async IAsyncEnumerable<T> FromAsync<T>(string route, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (string? from = "0"; from is not null;)
        {
            var page = await client.GetAsync<Page<T>>($"{route}?limit=1000&from={from}", cancellation);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            from = page.Next;
        }
    }
}
