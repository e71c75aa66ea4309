using System.Net.Http.Headers;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Benchmarks.DataPlane;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Benchmarks;

/// <summary>An authority and two connectors in this process, over real HTTP on loopback, with durable storage in a temporary folder.</summary>
internal sealed class BenchSpace : IAsyncDisposable
{
    public const string Provider = "did:web:provider.example";
    public const string Consumer = "did:web:consumer.example";
    public const string AuthorityId = "did:web:authority.example";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tds-bench-");
    private readonly List<WebApplication> services = [];
    private readonly Dictionary<string, ChildProcess> apart = [];
    private Func<ConnectorSettings, ConnectorSettings> adjust = settings => settings;

    public HttpClient AtAuthority { get; private set; } = null!;

    public HttpClient AtProvider { get; private set; } = null!;

    public HttpClient AtConsumer { get; private set; } = null!;

    /// <param name="providerApart">Whether the provider's connector runs in a process of its own, so that what it costs can be told.</param>
    /// <param name="ownRules">Folder with rules of the provider's own, or null.</param>
    /// <param name="consumerApart">The same of the consumer's.</param>
    /// <param name="providerProgram">Another build of this program for the provider's process, or null.</param>
    /// <param name="adjust">Last word on the settings of connectors in this process.</param>
    public static async Task<BenchSpace> StartAsync(
        bool providerApart = false,
        string? ownRules = null,
        bool consumerApart = false,
        string? providerProgram = null,
        Func<ConnectorSettings, ConnectorSettings>? adjust = null)
    {
        var space = new BenchSpace { adjust = adjust ?? (settings => settings) };
        space.AtAuthority = await space.StartAsync(token => AuthorityHost.Build(
            Common(new AuthoritySettings(), Path.Combine(space.folder.FullName, "authority"), AuthorityId, token), Quiet));
        var url = space.AtAuthority.BaseAddress!.GetLeftPart(UriPartial.Authority);
        space.AtProvider = providerApart ? await space.StartApartAsync("provider", Provider, url, ownRules ?? "", providerProgram) : await space.StartConnectorAsync("provider", Provider, url);
        space.AtConsumer = consumerApart ? await space.StartApartAsync("consumer", Consumer, url, "") : await space.StartConnectorAsync("consumer", Consumer, url);
        return space;
    }

    /// <summary>Rows of a connector's table.</summary>
    public static long Count(WebApplication service, string sql) =>
        service.Services.GetRequiredService<Database>().Read(connection => connection.QuerySingle<long>(sql));

    public WebApplication ProviderService => services[1];

    public WebApplication ConsumerService => services[^1];

    /// <summary>Where the provider keeps its state.</summary>
    public string ProviderFolder => Path.Combine(folder.FullName, "provider");

    /// <summary>The provider's process, when it has one of its own.</summary>
    public ChildProcess ProviderProcess => apart[Provider];

    /// <summary>The consumer's, likewise.</summary>
    public ChildProcess ConsumerProcess => apart[Consumer];

    public async Task PublishAsync(string product)
    {
        await PostAsync<JsonElement>(AtProvider, ManagementRoutes.Assets, new AssetDefinition { Id = product, SourceUrl = "http://127.0.0.1:9/" });
        await PostAsync<JsonElement>(AtProvider, ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = product,
            Title = product,
            Policy = ProtocolJson.Parse("""{"permission":[{"action":"use","constraint":[{"leftOperand":"purpose","operator":"isAnyOf","rightOperand":["inference","training"]},{"leftOperand":"count","operator":"lteq","rightOperand":"1000"}]}]}"""u8),
        });
    }

    public static async Task<T> PostAsync<T>(HttpClient client, string route, object body)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), ProtocolJson.Options)) { Headers = { ContentType = new("application/json") } };
        using var response = await client.PostAsync(new Uri(route, UriKind.Relative), content);
        return await ReadAsync<T>(response);
    }

    public static async Task<T> WaitAsync<T>(HttpClient client, string route)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, route);
        request.Headers.Add("Prefer", "wait=60");
        using var response = await client.SendAsync(request);
        return await ReadAsync<T>(response);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(services))
        {
            await service.StopAsync();
            await service.DisposeAsync();
        }

        foreach (var process in apart.Values)
        {
            process.Dispose();
        }

        folder.Delete(recursive: true);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode
            ? ProtocolJson.Read<T>(text)
            : throw new InvalidOperationException($"{response.RequestMessage!.RequestUri} answered {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(text)}");
    }

    /// <summary>Settings of a connector of this space.</summary>
    public static ConnectorSettings ConnectorSettings(string id, string folder, string authority, string token, string? ownRules = null) => Common(new ConnectorSettings(), folder, id, token) with
    {
        Authority = new Connector.AuthorityOptions { Url = authority, Id = AuthorityId },
        Membership = new Connector.MembershipOptions { Region = "44", Roles = ["member"] },
        Policies = new PolicyOptions { Own = string.IsNullOrEmpty(ownRules) ? null : ownRules },
    };

    private async Task<HttpClient> StartApartAsync(string name, string id, string authority, string ownRules, string? program = null)
    {
        var token = SecretHashes.Create("bench_");
        apart[id] = await ChildProcess.StartAsync(program ?? Environment.ProcessPath!, "connector", [id, Path.Combine(folder.FullName, name), authority, token, ownRules]);
        return await AdmitAsync(Client(apart[id].Url, token), id);
    }

    private async Task<HttpClient> StartConnectorAsync(string name, string id, string authority) =>
        await AdmitAsync(await StartAsync(token => ConnectorHost.Build(adjust(ConnectorSettings(id, Path.Combine(folder.FullName, name), authority, token)), Quiet)), id);

    private async Task<HttpClient> AdmitAsync(HttpClient client, string id)
    {
        while ((await WaitAsync<JsonElement>(AtAuthority, AuthorityRoutes.Participants)).GetProperty("items").EnumerateArray().All(item => item.GetProperty("id").GetString() != id))
        {
            await Task.Yield();
        }

        await PostAsync<JsonElement>(AtAuthority, AuthorityRoutes.ForAdmission(id), new { });
        await WaitAsync<ConnectorStatus>(client, ManagementRoutes.Status);
        return client;
    }

    private static T Common<T>(T settings, string folder, string id, string token)
        where T : ServiceSettings => settings with
        {
            Space = new SpaceOptions { Id = "bench" },
            Participant = new ParticipantOptions { Id = id, Name = id },
            Storage = new StorageOptions { Folder = folder },
            Management = new ManagementOptions { Token = token },
            Egress = new EgressOptions { AllowPrivateAddresses = true },
        };

    private async Task<HttpClient> StartAsync(Func<string, WebApplication> build)
    {
        var token = SecretHashes.Create("bench_");
        var app = build(token);
        services.Add(app);
        await app.StartServiceAsync(TextWriter.Null);
        return Client(app.Services.GetRequiredService<ServiceAddress>().Url, token);
    }

    private static HttpClient Client(string url, string token) => new()
    {
        BaseAddress = new Uri(url),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        Timeout = TimeSpan.FromMinutes(5),
    };

    private static void Quiet(WebApplicationBuilder builder) => builder.Logging.ClearProviders();
}
