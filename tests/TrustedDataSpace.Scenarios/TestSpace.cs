using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Scenarios.Wire;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios;

/// <summary>An authority, two connectors and a source that the test scripts, over real HTTP on loopback, with a clock of the test.</summary>
public sealed class TestSpace : IAsyncDisposable
{
    public const string Grid = "did:web:grid.example";
    public const string Vpp = "did:web:vpp.example";
    private const string AuthorityId = "did:web:authority.example";

    private readonly TempFolder folder = new();
    private readonly List<WebApplication> services = [];
    private readonly Dictionary<HttpClient, WebApplication> behind = [];
    private readonly DataOptions data;
    private readonly Func<string, ConnectorSettings, ConnectorSettings> adjust;
    private readonly SettableClock? clockOfProvider;
    private string authorityUrl = "";
    private string sourceUrl = "";

    private TestSpace(DataOptions data, Func<string, ConnectorSettings, ConnectorSettings> adjust, string id, SettableClock? clockOfProvider)
    {
        this.data = data;
        this.adjust = adjust;
        this.clockOfProvider = clockOfProvider;
        Id = id;
    }

    /// <summary>Name of the space.</summary>
    public string Id { get; }

    public SettableClock Clock { get; } = new();

    /// <summary>All that the three services log.</summary>
    public CapturedLog Log { get; } = new();

    /// <summary>All messages of the Dataspace Protocol; the space ends with a failure if one of them was not valid.</summary>
    public DspRecorder Wire { get; } = new();

    /// <summary>Two records of two values.</summary>
    public static RequestDelegate Csv { get; } = context =>
    {
        context.Response.ContentType = "text/csv";
        return context.Response.WriteAsync("id,v1,v2\na,1,2\nb,3,4\n");
    };

    /// <summary>What the source does; a test may replace it.</summary>
    public RequestDelegate Source { get; set; } = Csv;

    /// <summary>Base address of another source, for the next contracts; null: the one that is scripted.</summary>
    public string? OtherSource { get; set; }

    /// <summary>Which HTTP the next contracts' source is asked in; null: the usual.</summary>
    public string? SourceHttpVersion { get; set; }

    /// <summary>Base address of the source.</summary>
    public string SourceUrl => OtherSource ?? sourceUrl + "/base";

    public HttpClient Operator { get; private set; } = null!;

    /// <summary>Who provides the next contracts.</summary>
    public HttpClient Provider { get; set; } = null!;

    /// <summary>Who consumes the next contracts.</summary>
    public HttpClient Consumer { get; set; } = null!;

    /// <summary>Starts everything and admits both members.</summary>
    /// <param name="data">Settings of the connectors' data planes.</param>
    /// <param name="adjust">Last word on the settings of a connector, by its name.</param>
    /// <param name="id">Name of the space.</param>
    /// <param name="clockOfProvider">A clock that the provider's connector has alone; it begins with that of the space.</param>
    public static async Task<TestSpace> StartAsync(
        DataOptions? data = null, Func<string, ConnectorSettings, ConnectorSettings>? adjust = null, string id = "test-space", SettableClock? clockOfProvider = null)
    {
        var space = new TestSpace(data ?? new DataOptions(), adjust ?? ((_, settings) => settings), id, clockOfProvider);
        space.Clock.Set(new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero));
        clockOfProvider?.Set(space.Clock.GetUtcNow());
        space.sourceUrl = (await space.StartSourceAsync()).Urls.First();
        (space.Operator, space.authorityUrl) = await space.StartAuthorityAsync();
        space.Provider = await space.StartConnectorAsync("grid", Grid, "44");
        space.Consumer = await space.StartConnectorAsync("vpp", Vpp, "44");
        foreach (var (member, client) in new[] { (Grid, space.Provider), (Vpp, space.Consumer) })
        {
            await space.AdmitAsync(member);
            var status = await client.WaitAsync<ConnectorStatus>(ManagementRoutes.Status);
            Assert.Equal(("active", true), (status.Membership, status.PolicyRevision is not null));
        }

        return space;
    }

    /// <summary>Publishes a product with these constraints; negotiates, starts a transfer, and grants an application.</summary>
    public Task<TestContract> ContractAsync(string product, params OdrlConstraint[] constraints) => ContractAsync(product, delivery: null, constraints);

    /// <summary>The same with a delivery rule.</summary>
    public Task<TestContract> ContractAsync(string product, object? delivery, params OdrlConstraint[] constraints) => ContractAsync(product, delivery, "row", constraints);

    /// <summary>The same, counted otherwise than by rows.</summary>
    public async Task<TestContract> ContractAsync(string product, object? delivery, object meter, params OdrlConstraint[] constraints)
    {
        await PublishAsync(product, delivery, null, constraints, meter);
        return await AgreeAsync(product);
    }

    /// <summary>The same with a price plan.</summary>
    public async Task<TestContract> PricedContractAsync(string product, object pricePlan)
    {
        await PublishAsync(product, null, pricePlan, []);
        return await AgreeAsync(product);
    }

    /// <summary>The same for calls of AI, with a meter of its own.</summary>
    public async Task<TestContract> TokenContractAsync(string product, object meter, object? pricePlan, params OdrlConstraint[] constraints)
    {
        await PublishAsync(product, null, pricePlan, constraints, meter, new() { Methods = ["POST"], LargestRequest = 1 << 20 });
        return await AgreeAsync(product);
    }

    /// <summary>The same with evidence, or another duty, before each release.</summary>
    public async Task<TestContract> LoggedContractAsync(string product, string duty = "tds:log")
    {
        await PublishAsync(product, null, null, [], duty: new { action = duty });
        return await AgreeAsync(product);
    }

    /// <summary>Negotiates a product that is published, starts a transfer, and grants an application.</summary>
    public async Task<TestContract> AgreeAsync(string product)
    {
        var negotiation = await Consumer.PostAsync<NegotiationView>(
            ManagementRoutes.Negotiations, new NegotiationStart { Provider = IdOf(Provider), DatasetId = product, OfferId = $"offer:{product}:1" });
        negotiation = await Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id));
        Assert.Equal("FINALIZED", negotiation.State);
        var agreement = negotiation.AgreementId!;
        var transfer = await Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement });
        transfer = await Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id));
        Assert.Equal("STARTED", transfer.State);
        var application = await Consumer.PostAsync<ApplicationCredential>(
            ManagementRoutes.Applications,
            new ApplicationGrant { Name = "forecaster", Agreements = [agreement], Purposes = ["inference", "training"], Person = "Li Wei" });
        return new TestContract(this, agreement, transfer.Id, transfer.Flow!, application.Secret);
    }

    public Task<ProductView> PublishAsync(string product, params OdrlConstraint[] constraints) => PublishAsync(product, null, null, constraints);

    private async Task<ProductView> PublishAsync(string product, object? delivery, object? pricePlan, OdrlConstraint[] constraints, object? meter = null, SourceRulesDefinition? rules = null, object? duty = null)
    {
        await Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition
        {
            Id = product,
            SourceUrl = SourceUrl,
            SourceHeaders = new Dictionary<string, string> { ["X-Source-Key"] = "source-secret" },
            Source = SourceHttpVersion is null ? null : new() { HttpVersion = SourceHttpVersion },
            Rules = rules,
        });
        return await Provider.PostAsync<ProductView>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = product,
            Policy = JsonSerializer.SerializeToElement(new Dictionary<string, object?>
            {
                ["@type"] = "Offer",
                ["permission"] = new object[] { duty is null ? new { action = "use", constraint = constraints } : new { action = "use", constraint = constraints, duty = new[] { duty } } },
                ["tds:meter"] = meter switch
                {
                    null or "row" => new { unit = "row", format = "text/csv", valuesPerRecord = delivery is null ? 2 : 1 },
                    string unit => new { unit },
                    _ => meter,
                },
                ["tds:delivery"] = delivery,
                ["tds:pricePlan"] = pricePlan,
            }.Where(term => term.Value is not null).ToDictionary()),
        });
    }

    public static OdrlConstraint Constraint(string left, string op, object right) => new(left, op, right);

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(services))
        {
            await service.StopAsync().Within("a service to stop");
            await service.DisposeAsync();
        }

        folder.Dispose();
        Assert.Empty(Wire.Faults);
    }

    /// <summary>DID of whose service the client calls.</summary>
    public string IdOf(HttpClient client) => behind[client].Services.GetRequiredService<ServiceSettings>().Participant.Id;

    /// <summary>The service that the client calls.</summary>
    public WebApplication Behind(HttpClient client) => behind[client];

    /// <summary>The authority is away until it is started again.</summary>
    public async Task StopAuthorityAsync()
    {
        var authority = behind[Operator];
        services.Remove(authority);
        behind.Remove(Operator);
        await authority.StopAsync().Within("the authority to stop");
        await authority.DisposeAsync();
    }

    /// <summary>The source is away for good.</summary>
    public Task StopSourceAsync() => services[0].StopAsync().Within("the source to stop");

    /// <summary>Starts the authority again, where it was and with what it had.</summary>
    public async Task RestartAuthorityAsync() => (Operator, _) = await StartAuthorityAsync(authorityUrl);

    /// <summary>Admits a member as soon as it has applied.</summary>
    public async Task AdmitAsync(string member)
    {
        var register = behind[Operator].Services.GetRequiredService<Database>();
        Assert.True(
            await register.WaitUntilAsync(
                () => register.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM participants WHERE id = @member", new { member })) == 1,
                Deadline.Limit,
                CancellationToken.None),
            member + " has not applied");
        await Operator.PostAsync<JsonElement>(AuthorityRoutes.ForAdmission(member), new { });
    }

    private async Task<WebApplication> StartSourceAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => Source(context));
        services.Add(app);
        await app.StartAsync();
        return app;
    }

    private async Task<(HttpClient Client, string Url)> StartAuthorityAsync(string listen = "http://127.0.0.1:0")
    {
        var token = SecretHashes.Create("test_");
        var client = await StartAsync(AuthorityHost.Build(
            new AuthoritySettings
            {
                Space = new SpaceOptions { Id = Id },
                Participant = new ParticipantOptions { Id = AuthorityId, Name = "Authority" },
                Storage = new StorageOptions { Folder = folder["authority"] },
                Listen = new ListenOptions { Url = listen },
                Keys = new KeyOptions { PublishAhead = TimeSpan.Zero },
                Management = new ManagementOptions { Token = token },
                Egress = new EgressOptions { AllowPrivateAddresses = true },
            },
            Configure("authority")), token);
        return (client, client.BaseAddress!.GetLeftPart(UriPartial.Authority));
    }

    public Task<HttpClient> StartConnectorAsync(string name, string id, string region)
    {
        var settings = SettingsOf(name, id, region);
        return StartAsync(ConnectorHost.Build(settings, Configure(name)), settings.Management.Token!);
    }

    /// <summary>What a connector of this space is told, with a new management token.</summary>
    public ConnectorSettings SettingsOf(string name, string id, string region) => adjust(name, new ConnectorSettings
    {
        Space = new SpaceOptions { Id = Id },
        Participant = new ParticipantOptions { Id = id, Name = name },
        Storage = new StorageOptions { Folder = folder[name] },
        Keys = new KeyOptions { PublishAhead = TimeSpan.Zero },
        Management = new ManagementOptions { Token = SecretHashes.Create("test_") },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
        Authority = new Connector.AuthorityOptions { Url = authorityUrl, Id = AuthorityId },
        Membership = new Connector.MembershipOptions { Region = region, Roles = ["member"] },
        Data = data,
    });

    /// <summary>Stops both connectors, and starts them again where they were and with what is then in their folders.</summary>
    /// <param name="meanwhile">Is given each folder while nobody has it.</param>
    public async Task RestartConnectorsAsync(Action<string> meanwhile)
    {
        Provider = await RestartAsync(Provider, meanwhile);
        Consumer = await RestartAsync(Consumer, meanwhile);
    }

    private async Task<HttpClient> RestartAsync(HttpClient client, Action<string> meanwhile)
    {
        var connector = behind[client];
        var settings = connector.Services.GetRequiredService<ConnectorSettings>();
        services.Remove(connector);
        behind.Remove(client);
        await connector.StopAsync().Within("a connector to stop");
        await connector.DisposeAsync();
        meanwhile(settings.Storage.Folder);
        settings = settings with { Listen = new ListenOptions { Url = client.BaseAddress!.GetLeftPart(UriPartial.Authority) } };
        return await StartAsync(ConnectorHost.Build(settings, Configure(settings.Participant.Name)), settings.Management.Token!);
    }

    private async Task<HttpClient> StartAsync(WebApplication app, string token)
    {
        services.Add(app);
        await app.StartServiceAsync(TextWriter.Null);
        return Adopt(app, token);
    }

    /// <summary>A client of a service that runs, with its management token.</summary>
    public HttpClient Adopt(WebApplication app, string token)
    {
        var client = new HttpClient
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<ServiceAddress>().Url),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        behind[client] = app;
        return client;
    }

    /// <summary>The clock and the log of this space, and the recorder of messages, in a service under construction.</summary>
    public Action<WebApplicationBuilder> Configure(string service) => builder =>
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Log.Of(service));
        builder.Services.AddSingleton<TimeProvider>(service == "grid" && clockOfProvider is not null ? clockOfProvider : Clock);
        builder.Services.AddSingleton<IStartupFilter>(Wire);
    };
}

/// <summary>A constraint as ODRL writes it.</summary>
public sealed record OdrlConstraint(
    [property: JsonPropertyName("leftOperand")] string Left,
    [property: JsonPropertyName("operator")] string Operator,
    [property: JsonPropertyName("rightOperand")] object Right);

/// <summary>One space for the tests of a class that do not change its members.</summary>
public sealed class SharedSpace : IAsyncLifetime
{
    public TestSpace Space { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Space = await TestSpace.StartAsync();

    public ValueTask DisposeAsync() => Space.DisposeAsync();
}

/// <summary>An agreement with a running transfer and an application that may use it.</summary>
public sealed record TestContract(TestSpace Space, string Agreement, string Transfer, string Flow, string Secret)
{
    /// <summary>Posts JSON as the local application.</summary>
    public async Task<HttpResponseMessage> AskAsync(string body, HttpCompletionOption read = HttpCompletionOption.ResponseContentRead, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/consume/{Agreement}/v1/chat/completions") { Content = new StringContent(body, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Headers.Add("Tds-Purpose", "inference");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await Space.Consumer.SendAsync(request, read).Within("an answer");
    }

    /// <summary>Calls as the local application, through the consumer's connector.</summary>
    public async Task<HttpResponseMessage> UseAsync(string path = "", string purpose = "inference", string? key = null, HttpCompletionOption read = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/consume/{Agreement}{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Headers.Add("Tds-Purpose", purpose);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await Space.Consumer.SendAsync(request, read).Within("an answer");
    }
}

public static class TestClientExtensions
{
    private static readonly JsonSerializerOptions Options = ProtocolJson.Options;

    public static async Task<T> PostAsync<T>(this HttpClient client, string route, object body)
    {
        using var response = await client.PostAsync(new Uri(route, UriKind.Relative), JsonContent.Create(body, body.GetType(), options: Options)).Within("POST " + route);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"POST {route}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default! : JsonSerializer.Deserialize<T>(text, Options)!;
    }

    /// <summary>Waits for the resting state of what the route shows.</summary>
    public static async Task<T> WaitAsync<T>(this HttpClient client, string route, int seconds = 60)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, route);
        request.Headers.Add("Prefer", $"wait={seconds}");
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"GET {route}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<T>(text, Options)!;
    }

    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}
