using System.Globalization;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>A connector's management interface.</summary>
internal sealed class ManagementClient(HttpClient http, ServiceAccess access)
{
    private readonly ServiceClient client = new(http, access.Url ?? "", access.Token);

    /// <summary>How the connector stands; waits until it is an active member and has policies.</summary>
    public Task<ConnectorStatus> StatusAsync(CancellationToken cancellation) => client.WaitAsync<ConnectorStatus>(ManagementRoutes.Status, cancellation);

    /// <summary>This participant leaves the space.</summary>
    public Task<Participant> LeaveAsync(string? reason, CancellationToken cancellation) =>
        client.PostAsync<Participant>(ManagementRoutes.MembershipDeparture, new MembershipStep(reason), cancellation);

    /// <summary>Tells the authority anew who stands behind this participant.</summary>
    public Task ChangeOrganisationAsync(Organisation organisation, CancellationToken cancellation) =>
        client.SendAsync(HttpMethod.Put, ManagementRoutes.MembershipOrganisation, organisation, cancellation);

    /// <summary>Adds an asset.</summary>
    public Task AddAssetAsync(AssetDefinition asset, CancellationToken cancellation) =>
        client.SendAsync(HttpMethod.Post, ManagementRoutes.Assets, asset, cancellation);

    /// <summary>Publishes a product.</summary>
    public Task<ProductView> PublishAsync(ProductDefinition product, CancellationToken cancellation) =>
        client.PostAsync<ProductView>(ManagementRoutes.Products, product, cancellation);

    /// <summary>Published products, all pages.</summary>
    public Task<IReadOnlyList<ProductView>> ProductsAsync(CancellationToken cancellation) => client.AllAsync<ProductView>(ManagementRoutes.Products + "?", cancellation);

    /// <summary>What a provider offers to this participant (DSP).</summary>
    public Task<Catalog> CatalogAsync(string provider, CancellationToken cancellation) =>
        client.PostAsync<Catalog>(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = provider }, cancellation);

    /// <summary>Searches the products of the space (first page).</summary>
    public Task<ProductPage> SearchAsync(string words, int limit, CancellationToken cancellation) => client.GetAsync<ProductPage>(
        string.Create(CultureInfo.InvariantCulture, $"{ManagementRoutes.CatalogProducts}?limit={limit}&q={Uri.EscapeDataString(words)}"), cancellation);

    /// <summary>Starts a negotiation.</summary>
    public Task<NegotiationView> StartNegotiationAsync(NegotiationStart start, CancellationToken cancellation) =>
        client.PostAsync<NegotiationView>(ManagementRoutes.Negotiations, start, cancellation);

    /// <summary>Starts a negotiation and waits until it rests.</summary>
    public async Task<NegotiationView> NegotiateAsync(NegotiationStart start, CancellationToken cancellation)
    {
        var begun = await StartNegotiationAsync(start, cancellation);
        return await NegotiationAsync(begun.Id, cancellation);
    }

    /// <summary>A negotiation; waits until it rests.</summary>
    public Task<NegotiationView> NegotiationAsync(string id, CancellationToken cancellation) =>
        client.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, id), cancellation);

    /// <summary>An agreement; waits until it is filed (provider).</summary>
    public Task<AgreementView> AgreementAsync(string id, CancellationToken cancellation) =>
        client.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, id), cancellation);

    /// <summary>Agreements, all pages.</summary>
    public Task<IReadOnlyList<AgreementView>> AgreementsAsync(CancellationToken cancellation) =>
        client.AllAsync<AgreementView>(ManagementRoutes.Agreements + "?", cancellation);

    /// <summary>Ends an agreement before its time.</summary>
    public Task<AgreementView> EndAgreementAsync(string id, string reason, CancellationToken cancellation) => client.PostAsync<AgreementView>(
        ManagementRoutes.For(ManagementRoutes.AgreementTermination, id), new Termination { Reason = reason }, cancellation);

    /// <summary>As consumer: says that what was got under an agreement is destroyed.</summary>
    public Task<AgreementView> ReportDestructionAsync(string id, string statement, CancellationToken cancellation) => client.PostAsync<AgreementView>(
        ManagementRoutes.For(ManagementRoutes.AgreementDestruction, id), new DestructionReport { Statement = statement }, cancellation);

    /// <summary>Starts a transfer and waits until data can flow, or not.</summary>
    public async Task<TransferView> TransferAsync(string agreement, CancellationToken cancellation)
    {
        var begun = await client.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement }, cancellation);
        return await client.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, begun.Id), cancellation);
    }

    /// <summary>Transfers, all pages.</summary>
    public Task<IReadOnlyList<TransferView>> TransfersAsync(CancellationToken cancellation) => client.AllAsync<TransferView>(ManagementRoutes.Transfers + "?", cancellation);

    /// <summary>Waits until a transfer is no longer started: the other side may have ended it.</summary>
    public Task<TransferView> EndOfTransferAsync(string id, CancellationToken cancellation) =>
        client.WaitAsync<TransferView>($"{ManagementRoutes.For(ManagementRoutes.TransferById, id)}?after={TransferStates.Started}", cancellation);

    /// <summary>Ends a transfer before its time.</summary>
    public Task<TransferView> TerminateTransferAsync(string id, string reason, CancellationToken cancellation) => client.PostAsync<TransferView>(
        ManagementRoutes.For(ManagementRoutes.TransferTermination, id), new Termination { Reason = reason }, cancellation);

    /// <summary>Ends a transfer because nothing more is to be fetched.</summary>
    public Task<TransferView> CompleteTransferAsync(string id, CancellationToken cancellation) =>
        client.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferCompletion, id), null, cancellation);

    /// <summary>Lets a local application use data.</summary>
    public Task<ApplicationCredential> GrantAsync(ApplicationGrant grant, CancellationToken cancellation) =>
        client.PostAsync<ApplicationCredential>(ManagementRoutes.Applications, grant, cancellation);

    /// <summary>Applications, all pages.</summary>
    public Task<IReadOnlyList<ApplicationView>> ApplicationsAsync(CancellationToken cancellation) =>
        client.AllAsync<ApplicationView>(ManagementRoutes.Applications + "?", cancellation);

    /// <summary>Takes a grant back.</summary>
    public Task RevokeAsync(string application, CancellationToken cancellation) =>
        client.SendAsync(HttpMethod.Delete, ManagementRoutes.For(ManagementRoutes.ApplicationById, application), null, cancellation);

    /// <summary>What was used under an agreement, by this connector's count; waits until no use is under way.</summary>
    public Task<UsageView> UsageAsync(string agreement, CancellationToken cancellation) =>
        client.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={Uri.EscapeDataString(agreement)}", cancellation);

    /// <summary>Closed flow-interval records of an agreement, all pages; waits until the flows that have ended are recorded.</summary>
    public Task<IReadOnlyList<UsageRecord>> RecordsAsync(string agreement, CancellationToken cancellation) =>
        client.AllAsync<UsageRecord>($"{ManagementRoutes.UsageRecords}?agreement={Uri.EscapeDataString(agreement)}&", cancellation);

    /// <summary>The canonical bytes of a statement; waits until the use of its period is recorded.</summary>
    public Task<byte[]> StatementAsync(StatementQuery query, CancellationToken cancellation) => client.WaitBytesAsync(query.ToRoute(), cancellation);

    /// <summary>Waits until the log of the space has confirmed this connector's evidence.</summary>
    public Task<EvidenceStatus> EvidenceAsync(CancellationToken cancellation) => client.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence, cancellation);

    /// <summary>How the evidence and the log stand now.</summary>
    public Task<EvidenceStatus> EvidenceNowAsync(CancellationToken cancellation) => client.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence, cancellation);

    /// <summary>The credentials that this participant holds.</summary>
    public Task<IReadOnlyList<HeldCredential>> CredentialsAsync(CancellationToken cancellation) =>
        client.AllAsync<HeldCredential>(ManagementRoutes.Credentials + "?", cancellation);

    /// <summary>Asks the authority's issuer for credentials, over DCP, and waits for its answer.</summary>
    /// <param name="ids">Ids of the issuer's metadata.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<CredentialRequestView> RequestCredentialsAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var request = await client.PostAsync<CredentialRequestView>(ManagementRoutes.CredentialRequests, new CredentialRequestStart { Credentials = ids }, cancellation);
        var address = ManagementRoutes.For(ManagementRoutes.CredentialRequestById, request.Id);
        var received = await client.WaitAsync<CredentialRequestView>(address, cancellation);
        return received.State == CredentialRequestStates.Received
            ? await client.WaitAsync<CredentialRequestView>($"{address}?after={CredentialRequestStates.Received}", cancellation)
            : received;
    }

    /// <summary>The decisions that allowed the use of an interval, by the id of their entry in the evidence.</summary>
    public Task<AllowView> AllowAsync(string entry, CancellationToken cancellation) =>
        client.GetAsync<AllowView>(ManagementRoutes.For(ManagementRoutes.AllowById, entry), cancellation);

    /// <summary>The same, for an interval of a flow.</summary>
    public Task<AllowView> AllowAsync(string flow, long interval, CancellationToken cancellation) => client.GetAsync<AllowView>(
        ManagementRoutes.AllowOfInterval.Replace("{flow}", Uri.EscapeDataString(flow), StringComparison.Ordinal).Replace("{interval}", interval.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), cancellation);

    /// <summary>A denial, by the id of its entry in the evidence.</summary>
    public Task<DenialView> DenialAsync(string entry, CancellationToken cancellation) =>
        client.GetAsync<DenialView>(ManagementRoutes.For(ManagementRoutes.DenialById, entry), cancellation);

    /// <summary>The receipt of an entry.</summary>
    public Task<EntryReceipt> ReceiptAsync(string entry, CancellationToken cancellation) =>
        client.GetAsync<EntryReceipt>(ManagementRoutes.For(ManagementRoutes.EvidenceReceipt, entry), cancellation);

    /// <summary>Accepts the refused log.</summary>
    public Task<EvidenceStatus> AcceptLogAsync(string root, CancellationToken cancellation) =>
        client.PostAsync<EvidenceStatus>(ManagementRoutes.EvidenceLogAcceptance, new LogAcceptance(root), cancellation);
}
