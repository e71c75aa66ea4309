using System.Net.Http.Headers;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Authority;
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
    private const string AuthorityId = "did:web:authority.example";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tds-bench-");
    private readonly List<WebApplication> services = [];

    public HttpClient AtAuthority { get; private set; } = null!;

    public HttpClient AtProvider { get; private set; } = null!;

    public HttpClient AtConsumer { get; private set; } = null!;

    public static async Task<BenchSpace> StartAsync()
    {
        var space = new BenchSpace();
        space.AtAuthority = await space.StartAsync(token => AuthorityHost.Build(
            space.Common(new AuthoritySettings(), "authority", AuthorityId, token), Quiet));
        var url = space.AtAuthority.BaseAddress!.GetLeftPart(UriPartial.Authority);
        space.AtProvider = await space.StartConnectorAsync("provider", Provider, url);
        space.AtConsumer = await space.StartConnectorAsync("consumer", Consumer, url);
        return space;
    }

    /// <summary>Rows of a connector's table.</summary>
    public static long Count(WebApplication service, string sql) =>
        service.Services.GetRequiredService<Database>().Read(connection => connection.QuerySingle<long>(sql));

    public WebApplication ProviderService => services[1];

    public WebApplication ConsumerService => services[2];

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

        folder.Delete(recursive: true);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode
            ? ProtocolJson.Read<T>(text)
            : throw new InvalidOperationException($"{response.RequestMessage!.RequestUri} answered {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(text)}");
    }

    private async Task<HttpClient> StartConnectorAsync(string name, string id, string authority)
    {
        var client = await StartAsync(token => ConnectorHost.Build(
            Common(new ConnectorSettings(), name, id, token) with
            {
                Authority = new Connector.AuthorityOptions { Url = authority, Id = AuthorityId },
                Membership = new Connector.MembershipOptions { Region = "44", Roles = ["member"] },
            },
            Quiet));
        while ((await WaitAsync<JsonElement>(AtAuthority, AuthorityRoutes.Participants)).GetProperty("items").EnumerateArray().All(item => item.GetProperty("id").GetString() != id))
        {
            await Task.Yield();
        }

        await PostAsync<JsonElement>(AtAuthority, AuthorityRoutes.ForAdmission(id), new { });
        await WaitAsync<ConnectorStatus>(client, ManagementRoutes.Status);
        return client;
    }

    private T Common<T>(T settings, string name, string id, string token)
        where T : ServiceSettings => settings with
        {
            Space = new SpaceOptions { Id = "bench" },
            Participant = new ParticipantOptions { Id = id, Name = name },
            Storage = new StorageOptions { Folder = Path.Combine(folder.FullName, name) },
            Management = new ManagementOptions { Token = token },
            Egress = new EgressOptions { AllowPrivateAddresses = true },
        };

    private async Task<HttpClient> StartAsync(Func<string, WebApplication> build)
    {
        var token = SecretHashes.Create("bench_");
        var app = build(token);
        services.Add(app);
        await app.StartServiceAsync(TextWriter.Null);
        return new HttpClient
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<ServiceAddress>().Url),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            Timeout = TimeSpan.FromMinutes(5),
        };
    }

    private static void Quiet(WebApplicationBuilder builder) => builder.Logging.ClearProviders();
}
