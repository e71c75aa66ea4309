using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests.Dsp;

/// <summary>A whole connector on loopback in a <see cref="TestSpace"/>. Only what decides about terms is simplified: one switch.</summary>
internal sealed class TestConnector : IAsyncDisposable
{
    public const string Product = "load_curve_96";
    public const string ManagementToken = "tds_management_0123456789abcdef0123456789abcdef";

    private readonly TempFolder folder = new();
    private readonly ListenOptions listen;
    private readonly SwitchEngine engine = new();
    private WebApplication app;

    private TestConnector(TestSpace space, ListenOptions listen)
    {
        (Space, this.listen) = (space, listen);
        app = Build();
    }

    public TestSpace Space { get; }

    /// <summary>What calls it.</summary>
    public HttpClient Caller { get; set; } = new();

    /// <summary>Whether policy decisions allow.</summary>
    public bool Allow
    {
        set => engine.Allow = value;
    }

    /// <summary>Offer of the published product.</summary>
    public string OfferId { get; private set; } = "";

    public static async Task<TestConnector> StartAsync(TestSpace space, ListenOptions? listen = null)
    {
        var connector = new TestConnector(space, listen ?? new ListenOptions());
        await connector.app.StartServiceAsync(TextWriter.Null);
        await connector.Service<AssetService>().DefineAsync(new AssetDefinition { Id = "curves", SourceUrl = "http://127.0.0.1:9/" });
        var product = await connector.Service<ProductService>().PublishAsync(new ProductDefinition
        {
            Id = Product,
            AssetId = "curves",
            Title = "Load curves",
            Policy = ProtocolJson.Parse("""{"permission":[{"action":"use"}]}"""u8),
        });
        connector.OfferId = product.OfferId;
        return connector;
    }

    /// <summary>Stops the process's service and starts another over the same data.</summary>
    public async Task RestartAsync(string? logKey = null)
    {
        await app.DisposeAsync();
        app = Build(logKey);
        await app.StartServiceAsync(TextWriter.Null);
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }

    public T Service<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>A message of a participant. The address is below the protocol's base.</summary>
    public Task<(HttpStatusCode Status, JsonElement Body)> SendAsync<T>(string path, T message, string sender = TestSpace.Peer, string? messageId = null)
        where T : IDspMessage
    {
        var document = JsonNode.Parse(DspJson.Write(message))!.AsObject();
        if (messageId is not null)
        {
            document["@id"] = messageId;
        }

        return CallAsync(HttpMethod.Post, "/dsp/2025-1" + path, document, Space.TokenOf(sender, TimeProvider.System.GetUtcNow()));
    }

    /// <summary>A process as a participant sees it.</summary>
    public Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path, string sender = TestSpace.Peer) =>
        CallAsync(HttpMethod.Get, "/dsp/2025-1" + path, null, Space.TokenOf(sender, TimeProvider.System.GetUtcNow()));

    /// <summary>A call of the management interface.</summary>
    public async Task<T> ManageAsync<T>(HttpMethod method, string route, object? body = null)
    {
        var (status, answer) = await CallAsync(
            method, route, body is null ? null : JsonSerializer.SerializeToNode(body, ProtocolJson.Options), ManagementToken);
        return (int)status < 300 ? ProtocolJson.Read<T>(answer) : throw new InvalidOperationException($"{route} answered {status}: {answer}");
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> CallAsync(HttpMethod method, string route, JsonNode? body, string? bearer, int wait = 60)
    {
        using var request = new HttpRequestMessage(method, Service<ServiceAddress>().Url + route);
        request.Headers.Add("Prefer", $"wait={wait}");
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        request.Content = body is null ? null : new ByteArrayContent(ProtocolJson.Write(body)) { Headers = { ContentType = new("application/json") } };
        using var response = await Caller.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return (response.StatusCode, bytes.Length == 0 ? default : ProtocolJson.Parse(bytes));
    }

    /// <summary>Kinds of the evidence about a process, in order.</summary>
    public IReadOnlyList<string> EvidenceOf(string process) => Service<Database>()
        .Read(connection => connection.Query<string>("SELECT entry FROM evidence_trail ORDER BY id").AsList())
        .Select(entry => JsonSerializer.Deserialize<EvidenceEntry>(entry, ProtocolJson.Options)!)
        .Where(entry => entry.Process == process)
        .Select(entry => entry.Kind)
        .ToList();

    private WebApplication Build(string? logKey = null) => ConnectorHost.Build(
        new ConnectorSettings
        {
            Space = new SpaceOptions { Id = TestSpace.Name },
            Participant = new ParticipantOptions { Id = TestSpace.Connector, Name = "Connector" },
            Storage = new StorageOptions { Folder = folder["data"] },
            Listen = listen,
            Egress = new EgressOptions { AllowPrivateAddresses = true },
            Management = new ManagementOptions { Token = ManagementToken },
            Authority = new AuthorityOptions { Url = Space.Url, Id = TestSpace.Authority, LogKey = logKey },
            Membership = new MembershipOptions { Region = "44" },
        },
        builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.Replace(ServiceDescriptor.Singleton<IPolicyEngine>(engine));
        });

    private sealed class SwitchEngine : IPolicyEngine
    {
        public bool Allow { get; set; } = true;

        public string Revision => "test";

        public ValueTask<PolicyDecision> DecideAsync(EngineQuestion question, CancellationToken cancellationToken = default) => ValueTask.FromResult(Allow
            ? PolicyDecision.Allowed("permission[0]", Revision)
            : PolicyDecision.Denied([new PolicyReason("constraint_not_met", "permission[0].constraint[0]", "the region is 31", "be in region 44")], Revision));
    }
}
