using System.Text;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>The authority's API as a participant uses it.</summary>
internal sealed class AuthorityClient(JsonClient client, AccessTokens tokens, ParticipantKey key, ConnectorSettings settings)
{
    /// <summary>Asks to join. Idempotent: the answer is the participant as the authority knows it now.</summary>
    /// <param name="endpoint">Where this connector is.</param>
    /// <param name="wait">How long the authority may hold its answer until the operator has decided.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<Participant> ApplyAsync(Uri endpoint, TimeSpan wait, CancellationToken cancellation)
    {
        var application = new ParticipantApplication
        {
            Id = Did.Parse(settings.Participant.Id),
            Name = settings.Participant.Name.Length > 0 ? settings.Participant.Name : settings.Participant.Id,
            Region = settings.Membership.Region,
            Roles = settings.Membership.Roles,
            Endpoint = endpoint,
            Key = key.Signing.Public.Jwk,
            Organisation = settings.Membership.Organisation,
            Invite = settings.Membership.Invite,
        };
        var body = Encoding.ASCII.GetBytes(SignedApplication.Create(application, key.Signing));
        var answer = await client.SendAsync(HttpMethod.Post, Url(AuthorityRoutes.Applications), body, null, cancellation, SignedApplication.MediaType, wait: wait);
        return answer.Read<Participant>();
    }

    /// <summary>Tells where this connector is now.</summary>
    public Task PublishEndpointAsync(Uri endpoint, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, AuthorityRoutes.ForEndpoint(settings.Participant.Id), ProtocolJson.Write(new EndpointUpdate(endpoint)), cancellation);

    /// <summary>Leaves the space.</summary>
    public async Task<Participant> LeaveAsync(MembershipStep step, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Post, AuthorityRoutes.ForDeparture(settings.Participant.Id), ProtocolJson.Write(step), cancellation)).Read<Participant>();

    /// <summary>Tells anew who stands behind this participant.</summary>
    public async Task<Participant> ChangeOrganisationAsync(Organisation organisation, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Put, AuthorityRoutes.ForOrganisation(settings.Participant.Id), ProtocolJson.Write(organisation), cancellation)).Read<Participant>();

    /// <summary>Registers the key that this participant will sign with. Idempotent.</summary>
    public async Task RegisterKeyAsync(SigningKey present, SigningKey next, CancellationToken cancellation)
    {
        var me = settings.Participant.Id;
        var body = Encoding.ASCII.GetBytes(SignedKeyUpdate.Create(Did.Parse(me), present, next));
        var token = await tokens.ForAsync(settings.Authority.Id, cancellation);
        await client.SendAsync(HttpMethod.Put, Url(AuthorityRoutes.ForParticipantKey(me)), body, token, cancellation, SignedKeyUpdate.MediaType);
    }

    /// <summary>A key that this participant has replaced counts no more. Idempotent.</summary>
    public Task RevokeKeyAsync(string kid, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, AuthorityRoutes.ForFormerKey(settings.Participant.Id, kid), null, cancellation);

    /// <summary>A participant.</summary>
    public async Task<Participant> ParticipantAsync(string did, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.ForParticipant(did), null, cancellation)).Read<Participant>();

    /// <summary>Puts a product, or its new version, into the catalog of the space.</summary>
    public Task RegisterAsync(ProductRegistration product, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, AuthorityRoutes.Products, ProtocolJson.Write(product), cancellation);

    /// <summary>Takes a product out of the catalog of the space; one that is not there is no error.</summary>
    public async Task UnregisterAsync(string productId, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(HttpMethod.Delete, AuthorityRoutes.ForProduct(productId), null, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
        {
            // Told before, and the answer was lost; or it never got there.
        }
    }

    /// <summary>Searches the catalog of the space.</summary>
    public async Task<ProductPage> SearchAsync(string? words, int limit, string? cursor, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.ProductsPage(words, limit, cursor), null, cancellation)).Read<ProductPage>();

    /// <summary>Files an agreement (备案).</summary>
    public async Task<FilingReceipt> FileAsync(AgreementFiling filing, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Post, AuthorityRoutes.Agreements, ProtocolJson.Write(filing), cancellation)).Read<FilingReceipt>();

    /// <summary>Shows what both parties have signed about an interval.</summary>
    public async Task<Receipt> SubmitAsync(ReceiptSubmission submission, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Post, AuthorityRoutes.Receipts, ProtocolJson.Write(submission), cancellation)).Read<Receipt>();

    /// <summary>A page of how the intervals of an agreement stand, from that one on.</summary>
    public async Task<Page<Receipt>> ReceiptsAsync(string agreement, long from, string? cursor, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.ReceiptsPage(agreement, from, 50, cursor), null, cancellation)).Read<Page<Receipt>>();

    /// <summary>Shows leaves of a record that is in dispute.</summary>
    public async Task<Dispute> ShowLeavesAsync(string dispute, LeavesPage page, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Put, AuthorityRoutes.ForDispute(dispute, AuthorityRoutes.DisputeLeaves), ProtocolJson.Write(page), cancellation)).Read<Dispute>();

    /// <summary>A page of this participant's settlements.</summary>
    public async Task<Page<SettlementView>> SettlementsAsync(string? agreement, int limit, string? cursor, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.SettlementsPage(agreement, limit, cursor), null, cancellation)).Read<Page<SettlementView>>();

    /// <summary>A settlement of this participant's.</summary>
    public async Task<SettlementView> SettlementAsync(string id, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.ForSettlement(id), null, cancellation)).Read<SettlementView>();

    /// <summary>The prepaid balance of an agreement of this participant's.</summary>
    public async Task<BalanceView> BalanceAsync(string agreement, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.ForBalance(agreement), null, cancellation)).Read<BalanceView>();

    /// <summary>Signs a settlement.</summary>
    public async Task<SettlementView> SignAsync(string id, SettlementSignature signature, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Post, AuthorityRoutes.ForSettlement(id, AuthorityRoutes.SettlementSignature), ProtocolJson.Write(signature), cancellation)).Read<SettlementView>();

    /// <summary>Appends evidence to the log of the space.</summary>
    /// <param name="batch">The entries.</param>
    /// <param name="seen">The size of the log that was seen last, for the proof that it only grew; null: none was.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<EvidenceReceipt> AppendAsync(EvidenceBatch batch, long? seen, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Post, AuthorityRoutes.BatchesSeen(seen), ProtocolJson.Write(batch), cancellation)).Read<EvidenceReceipt>();

    /// <summary>The signed head of the log, as the authority shows it: nothing is verified.</summary>
    public async Task<string> CheckpointAsync(CancellationToken cancellation) =>
        Encoding.UTF8.GetString((await SendAsync(HttpMethod.Get, AuthorityRoutes.EvidenceCheckpoint, null, cancellation)).Body);

    /// <summary>The authority's proof that the log only grew from one size to the other.</summary>
    public async Task<ConsistencyProof> ConsistencyAsync(long from, long to, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.ConsistencyBetween(from, to), null, cancellation)).Read<ConsistencyProof>();

    /// <summary>Gives the log a signature of this participant as its witness.</summary>
    public Task CosignAsync(Cosignature signature, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceCosignatures, ProtocolJson.Write(signature), cancellation);

    /// <summary>The authority's own entries, sealed for its witnesses, from one place to before another.</summary>
    public async Task<Page<SealedEntry>> CopiesAsync(long from, long to, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, AuthorityRoutes.CopiesBetween(from, to), null, cancellation)).Read<Page<SealedEntry>>();

    /// <summary>Whether the authority collects what its log has lost.</summary>
    /// <returns>Null: it is of a version that never does.</returns>
    public async Task<LogCollectionStatus?> CollectionAsync(CancellationToken cancellation)
    {
        try
        {
            return (await SendAsync(HttpMethod.Get, AuthorityRoutes.EvidenceReturns, null, cancellation)).Read<LogCollectionStatus>();
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Hands back a part of what it has lost.</summary>
    public Task ReturnAsync(LogReturn part, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceReturns, ProtocolJson.Write(part), cancellation);

    /// <summary>The keys that may sign the log.</summary>
    public async Task<IReadOnlyList<PublicKey>> LogKeysAsync(CancellationToken cancellation) =>
        (await client.SendAsync(HttpMethod.Get, Url(AuthorityRoutes.Jwks), null, null, cancellation)).Read<JwkSet>().LogKeys();

    private async Task<JsonAnswer> SendAsync(HttpMethod method, string route, byte[]? body, CancellationToken cancellation) =>
        await client.SendAsync(method, Url(route), body, await tokens.ForAsync(settings.Authority.Id, cancellation), cancellation);

    private string Url(string route) => settings.Authority.Base + route;
}
