using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>A connector that listens with TLS and asks for client certificates, and the clients of another vendor's connector, each with a certificate or none.</summary>
public sealed class CertificateSetting : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly TestCertificates certificates = new();
    private readonly List<IDisposable> owned = [];

    internal TestSpace Space { get; private set; } = null!;

    internal TestConnector Connector { get; private set; } = null!;

    internal string Agreement { get; private set; } = "";

    /// <summary>The certificate over which <see cref="Flow"/> was asked for: one that its holder has issued itself.</summary>
    internal X509Certificate2 Own { get; private set; } = null!;

    internal HeldFlow Flow { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        certificates.Issue(folder["tls.crt"], folder["tls.key"]);
        Space = await TestSpace.StartAsync();
        Space.Filing = TestSpace.Receipt;
        Connector = await TestConnector.StartAsync(Space, Listen(asks: true));
        Own = Certificate();
        Connector.Caller = Client(Own);
        Agreement = await Connector.AgreeAsProviderAsync();
        Flow = await HeldFlow.StartAsync(Connector, Agreement);
    }

    public async ValueTask DisposeAsync()
    {
        await Connector.DisposeAsync();
        await Space.DisposeAsync();
        owned.ForEach(each => each.Dispose());
        certificates.Dispose();
        folder.Dispose();
    }

    internal ListenOptions Listen(bool asks) => new() { Url = "https://127.0.0.1:0", CertificateFile = folder["tls.crt"], KeyFile = folder["tls.key"], ClientCertificates = asks };

    /// <summary>A certificate that nobody but its holder has signed.</summary>
    internal X509Certificate2 Certificate(TimeSpan? from = null, TimeSpan? to = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = new CertificateRequest("CN=consumer", key, HashAlgorithmName.SHA256).CreateSelfSigned(now + (from ?? TimeSpan.FromHours(-1)), now + (to ?? TimeSpan.FromHours(1)));
        owned.Add(certificate);
        return certificate;
    }

    /// <summary>Trusts the connector's certificate and shows its own, if it has one, to whoever asks.</summary>
    internal HttpClient Client(X509Certificate2? certificate)
    {
        var root = X509Certificate2.CreateFromPem(certificates.RootPem);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { root } },
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
            },
        };
        var client = new HttpClient(handler);
        owned.AddRange([client, root]);
        return client;
    }

    /// <summary>Asks for data of a flow with a token.</summary>
    internal static async Task<(int Status, string Term, string? Challenge)> AskAsync(HttpClient client, HeldFlow flow, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, flow.Endpoint + "/a?x=1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", flow.Token);
        change?.Invoke(request);
        using var answer = await client.SendAsync(request).Within("an answer");
        var problem = ProtocolJson.Parse(await answer.Content.ReadAsByteArrayAsync());
        return ((int)answer.StatusCode, problem.TryGetProperty("term", out var term) ? term.GetString()! : "", answer.Headers.WwwAuthenticate.Count == 0 ? null : answer.Headers.WwwAuthenticate.ToString());
    }

    /// <summary>What the start message would hold now.</summary>
    internal async Task<HeldFlow> HeldAsync(HeldFlow flow, bool allowBearer = false, string? certificate = null) => HeldFlow.Of(
        Space,
        flow.Flow,
        new DataAddress
        {
            EndpointType = DspConstants.HttpEndpointType,
            Endpoint = flow.Endpoint.ToString(),
            EndpointProperties = await Connector.Service<FlowHandover>().WriteAsync(flow.Flow, Agreement, TestSpace.Peer, allowBearer, certificate, default),
        });

    /// <summary>Asks for a transfer over another client's connection.</summary>
    internal async Task<(HttpStatusCode Status, JsonElement Body)> RequestAsync(HttpClient client, string consumerPid)
    {
        var before = Connector.Caller;
        Connector.Caller = client;
        try
        {
            return await Connector.SendAsync(DspRoutes.TransferRequest, new TransferRequestMessage
            {
                ConsumerPid = consumerPid,
                AgreementId = Agreement,
                Format = DspConstants.HttpPull,
                CallbackAddress = Space.Url + TestSpace.PeerPath,
            });
        }
        finally
        {
            Connector.Caller = before;
        }
    }

    /// <summary>The same, with what its start message brings.</summary>
    internal async Task<HeldFlow> StartAsync(HttpClient client, string consumerPid)
    {
        var (status, answer) = await RequestAsync(client, consumerPid);
        Assert.Equal(HttpStatusCode.Created, status);
        var (path, message) = await Space.NextAsync();
        Assert.Equal(DspRoutes.TransferStart(consumerPid), path);
        return HeldFlow.Of(Space, DspJson.Read<TransferProcess>(answer).ProviderPid, DspJson.Read<TransferStartMessage>(message).DataAddress!);
    }
}
