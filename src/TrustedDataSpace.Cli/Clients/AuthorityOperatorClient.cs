using System.Net;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
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

    /// <summary>The keys of the authority.</summary>
    public Task<JwkSet> KeysAsync(CancellationToken cancellation) => client.GetAsync<JwkSet>(AuthorityRoutes.Jwks, cancellation);

    /// <summary>Writes the whole evidence log to a stream.</summary>
    public Task ExportEvidenceAsync(Stream target, CancellationToken cancellation) => client.DownloadAsync(AuthorityRoutes.EvidenceExport, target, cancellation);
}
