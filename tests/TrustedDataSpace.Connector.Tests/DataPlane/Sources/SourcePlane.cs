using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

/// <summary>
/// A real connector of which every request goes by the same path as one that the gate has allowed: its own listener, canonical target, rules
/// of the source, forwarder. <c>/data/ASSET/…</c> is forwarded to the asset.
/// </summary>
internal sealed class SourcePlane : IAsyncDisposable
{
    private readonly ConnectorUnderTest connector;
    private readonly FlowStop stop = new();
    private readonly SemaphoreSlim counted = new(0);

    public SourcePlane(Func<ConnectorSettings, ConnectorSettings>? with = null) => connector = new(with: with, configure: builder =>
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IStartupFilter>(new Filter(this));
    });

    /// <summary>How the use is counted.</summary>
    public MeterRule Meter { get; set; } = new() { Unit = MeterRule.Request };

    /// <summary>What part of it is delivered.</summary>
    public DeliveryRule? Delivery { get; set; }

    /// <summary>What was delivered, in order.</summary>
    public ConcurrentQueue<Delivered> Uses { get; } = new();

    public Connector.DataPlane.Sources Sources => connector.Get<Connector.DataPlane.Sources>();

    public SourceClusters Clusters => connector.Get<SourceClusters>();

    public AssetService Assets => connector.Get<AssetService>();

    public HttpClient Client { get; private set; } = null!;

    public T Get<T>()
        where T : notnull => connector.Get<T>();

    public static async Task<SourcePlane> StartAsync(Func<ConnectorSettings, ConnectorSettings>? with = null)
    {
        var plane = new SourcePlane(with);
        await plane.connector.StartAsync();
        plane.Client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None }) { BaseAddress = new Uri(plane.connector.Url), Timeout = Deadline.Limit };
        return plane;
    }

    /// <summary>Defines the asset <c>f</c> on these servers.</summary>
    public Task DefineAsync(TestSource first, SourceDefinition? source = null, SourceRulesDefinition? rules = null, params TestSource[] others) =>
        Assets.DefineAsync(new AssetDefinition
        {
            Id = "f",
            SourceUrl = first.Url,
            SourceHeaders = new Dictionary<string, string> { ["X-Source-Key"] = "of-the-source" },
            Source = others.Length == 0 ? source : (source ?? new()) with { Destinations = [.. others.Select(other => other.Url)] },
            Rules = rules,
        });

    /// <summary>What was delivered in the next use that ends, or has ended.</summary>
    public async Task<Delivered> NextUseAsync()
    {
        await counted.WaitAsync().Within("a use to be counted");
        return Uses.Last();
    }

    /// <summary>The flow ends.</summary>
    public void StopFlow() => stop.Stop(byPeer: false);

    /// <summary>Sends these bytes (Latin-1) as they are, and reads until the connector closes.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Client.BaseAddress!.Host, Client.BaseAddress.Port);
        await using var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
            using var answer = new MemoryStream();
            await stream.CopyToAsync(answer).Within("the connector to close");
            return Encoding.Latin1.GetString(answer.ToArray());
        }
        catch (IOException)
        {
            // Reset: what was sent was not all read.
            return "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await connector.DisposeAsync();
        counted.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var target = CanonicalTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, DataGate.Prefix);
        var forwarder = Get<SourceForwarder>();
        var agreement = Agreement(target.Key);
        var source = await forwarder.OpenAsync(context, target, agreement);
        var flow = new ProviderFlow("flow", agreement.Id, agreement.Consumer, null, null, stop);
        var ticket = new UsageTicket(FlowRow.Provider, flow.Id, 1, 1, agreement.Id, new UsageClaim("inference", null, ""), 1);
        var request = new GateRequest(flow, agreement, null, "inference", new RequestFacts(context.Request.Method, target.Path));
        using var use = new RunningUse(Get<RunningUses>(), ticket, new Judgement(PolicyDecision.Allowed("permission[0]", "test"), default, request, null), count: null);
        var delivered = await forwarder.ForwardAsync(context, source, target, agreement, use);
        Uses.Enqueue(delivered);
        counted.Release();
        if (delivered.Outcome == UsageOutcomes.Cut)
        {
            context.Abort();
        }
    }

    private AgreementTerms Agreement(string asset) => new()
    {
        Id = "agreement",
        Role = DspRole.Provider,
        Provider = ConnectorUnderTest.Did,
        Consumer = "did:web:vpp.example",
        DatasetId = "curves",
        AssetId = asset,
        Classification = "general",
        State = AgreementTerms.Active,
        Filed = true,
        ConcludedAt = DateTimeOffset.UnixEpoch,
        Document = null!,
        Signatures = [],
        Terms = null!,
        Coverage = [],
        Meter = Meter,
        Delivery = Delivery,
    };

    private sealed class Filter(SourcePlane plane) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Run(async context =>
            {
                try
                {
                    await plane.HandleAsync(context);
                }
                catch (RefusalException refusal)
                {
                    await RefusalWriter.WriteAsync(context, refusal);
                }
            });
        };
    }
}

/// <summary>A server of the provider's own, scripted, which remembers what it was asked.</summary>
internal sealed class TestSource : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestSource(WebApplication app) => this.app = app;

    public ConcurrentQueue<Asked> Requests { get; } = new();

    public RequestDelegate Answer { get; set; } = context => context.Response.WriteAsync("data");

    public string Url => app.Urls.First() + "/base";

    public static async Task<TestSource> StartAsync(RequestDelegate? answer = null, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxResponseBufferSize = 64 * 1024;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen ?? (_ => { }));
        });
        var source = new TestSource(builder.Build());
        source.Answer = answer ?? source.Answer;
        source.app.Run(context =>
        {
            source.Requests.Enqueue(new Asked(context));
            return source.Answer(context);
        });
        await source.app.StartAsync();
        return source;
    }

    /// <summary>Nobody listens there any more.</summary>
    public Task StopAsync() => app.StopAsync().Within("the source to stop");

    public Asked Last => Requests.Last();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

/// <summary>What a source was asked.</summary>
internal sealed class Asked(HttpContext context)
{
    public string Method { get; } = context.Request.Method;

    public string Target { get; } = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    public string Protocol { get; } = context.Request.Protocol;

    public Dictionary<string, string> Headers { get; } = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    public string Line => $"{Method} {Target}";
}
