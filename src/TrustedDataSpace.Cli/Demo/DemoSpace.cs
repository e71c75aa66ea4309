using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>The space of a demonstration, and what its steps leave to later ones.</summary>
/// <param name="definition">The space.</param>
/// <param name="start">When the demonstration begins.</param>
/// <param name="provider">Short name of the participant that most of it is about as provider.</param>
/// <param name="consumer">The same for its consumer.</param>
internal sealed class DemoSpace(SpaceDefinition definition, DateTimeOffset start, string provider = DemoSpace.Grid, string consumer = DemoSpace.Vpp) : IAsyncDisposable
{
    public const string Grid = "grid";
    public const string Vpp = "vpp";

    private readonly HttpClient http = ServiceClient.CreateHttp();
    private SpaceHost? host;

    /// <summary>The space.</summary>
    public SpaceDefinition Definition { get; } = definition;

    /// <summary>Where the space keeps its state.</summary>
    public SpaceFolder Folder { get; } = SpaceFolder.Temporary();

    /// <summary>The clock of all services.</summary>
    public SettableClock Clock { get; } = new();

    /// <summary>When the demonstration begins, on that clock.</summary>
    public DateTimeOffset Start { get; } = start;

    /// <summary>The running space.</summary>
    public SpaceHost Host => host ?? throw new InvalidOperationException("The space has not been started.");

    /// <summary>Short name of the consumer.</summary>
    public string ConsumerName => consumer;

    /// <summary>The provider's connector.</summary>
    public ServiceAccess Provider => Host.Access.Participant(provider);

    /// <summary>The consumer's connector.</summary>
    public ServiceAccess Consumer => Host.Access.Participant(consumer);

    public AuthorityOperatorClient Operator => new(http, Host.Access.Authority);

    public ManagementClient ProviderManagement => new(http, Provider);

    public ManagementClient ConsumerManagement => new(http, Consumer);

    /// <summary>The connector of any participant, by its short name.</summary>
    public ManagementClient ManagementOf(string participant) => new(http, Host.Access.Participant(participant));

    /// <summary>A local application of any participant.</summary>
    public ConsumeClient ApplicationOf(string participant) => new(http, Host.Access.Participant(participant));

    /// <summary>Negotiates the one offer of a product.</summary>
    /// <returns>The agreement's id.</returns>
    public static async Task<string> AgreeAsync(ManagementClient consumer, string providerId, string product, CancellationToken cancellation)
    {
        var catalog = await consumer.CatalogAsync(providerId, cancellation);
        var offer = catalog.Datasets.Single(dataset => dataset.Id == product).Offers.Single().Id;
        var negotiation = await consumer.NegotiateAsync(new NegotiationStart { Provider = providerId, DatasetId = product, OfferId = offer }, cancellation);
        Expect.That(
            negotiation is { State: NegotiationStates.Finalized, AgreementId: not null },
            $"the negotiation about {product} FINALIZED",
            $"{negotiation.State} {string.Join("; ", negotiation.Reasons)}");
        return negotiation.AgreementId!;
    }

    /// <summary>Puts something into the source, with the credential that only its owner's programs have.</summary>
    public async Task PutIntoSourceAsync(string path, string text, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Host.SourceUrl + path) { Content = new StringContent(text) };
        request.Headers.Add(SourceApi.CredentialHeader, Host.Access.SourceCredential);
        using var answer = await http.SendAsync(request, cancellation);
        Expect.That(answer.IsSuccessStatusCode, $"{path} taken by the source", $"{(int)answer.StatusCode}");
    }

    /// <summary>A local application of the consumer.</summary>
    public ConsumeClient Application => new(http, Consumer);

    /// <summary>The consumer itself, with its key.</summary>
    public MemberClient Member => new(http, Host.Access.Authority, Consumer.Id, Host.KeyOf(consumer), Clock);

    /// <summary>Agreement ids by product.</summary>
    public Dictionary<string, string> Agreements { get; } = [];

    /// <summary>The consumer's view of each started transfer, by product: process id and flow.</summary>
    public Dictionary<string, (string Id, string Flow)> Transfers { get; } = [];

    /// <summary>The day of load curves that was delivered first.</summary>
    public string FirstSlice { get; set; } = "";

    /// <summary>Secret of the application.</summary>
    public string Secret { get; set; } = "";

    /// <summary>The exported evidence.</summary>
    public string EvidenceFile => Path.Combine(Folder.Path, "evidence.txt");

    /// <summary>Leave the folder behind, for whoever wants to know why something failed.</summary>
    public bool KeepFolder { get; set; }

    /// <summary>Starts all services.</summary>
    public async Task StartAsync()
    {
        Clock.Set(Start);
        host = await SpaceHost.StartAsync(Definition, Folder, Clock);
    }

    /// <summary>A time on the day of the demonstration, or so many days later, in the contract's zone.</summary>
    public DateTimeOffset At(int days, int hour, int minute)
    {
        var local = Start.ToOffset(PowerGridDemo.Zone);
        return new DateTimeOffset(local.Date, local.Offset).AddDays(days).AddHours(hour).AddMinutes(minute);
    }

    /// <summary>Asks the source itself, with the credential that only the provider's connector is given.</summary>
    public Task<string> AskSourceAsync(string pathAndQuery, CancellationToken cancellation) => new ServiceClient(http, Host.SourceUrl, "").ReadTextAsync(
        pathAndQuery, new Dictionary<string, string> { [SourceApi.CredentialHeader] = Host.Access.SourceCredential }, cancellation);

    /// <summary>Fetches for inference under an idempotency key, as an application does that may have to ask again.</summary>
    public Task<string> FetchUnderKeyAsync(string product, string query, string key, CancellationToken cancellation) =>
        new ServiceClient(http, Consumer.Url!, Secret).ReadTextAsync(
            $"/consume/{Uri.EscapeDataString(Agreements[product])}{query}",
            new Dictionary<string, string> { [ConsumeClient.PurposeHeader] = "inference", [RetryRule.Header] = key },
            cancellation);

    /// <summary>Fetches as the application does.</summary>
    public Task<string> FetchAsync(string product, string query, string purpose, CancellationToken cancellation) =>
        Application.FetchAsync(Agreements[product], query, purpose, Secret, cancellation);

    /// <summary>Opens a transfer of the product and holds it for later steps.</summary>
    public async Task StartTransferAsync(string product, CancellationToken cancellation)
    {
        var transfer = await ConsumerManagement.TransferAsync(Agreements[product], cancellation);
        Expect.That(
            transfer is { State: TransferStates.Started, Flow: not null },
            $"the transfer of {product} STARTED",
            $"{transfer.State} {string.Join("; ", transfer.Reasons)}");
        Transfers[product] = (transfer.Id, transfer.Flow!);
    }

    /// <summary>Calls the provider's data plane directly with a token.</summary>
    public Task<string> CallDataPlaneAsync(string flow, string token, CancellationToken cancellation) =>
        new ServiceClient(http, Provider.Url!, token).ReadTextAsync(
            $"/data/{Uri.EscapeDataString(flow)}?date=2026-05-01",
            new Dictionary<string, string> { [ConsumeClient.PurposeHeader] = "inference" },
            cancellation);

    /// <summary>Calls the provider's protocol endpoint directly with a token.</summary>
    public Task<string> CallProtocolAsync(string token, CancellationToken cancellation) => new ServiceClient(http, Provider.Url!, token)
        .ReadTextAsync($"/dsp/{DspConstants.Version}{DspRoutes.Dataset("load_curve_96")}", new Dictionary<string, string>(), cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (host is not null)
        {
            await host.DisposeAsync();
        }

        http.Dispose();
        if (!KeepFolder)
        {
            Folder.Delete();
        }
    }
}
