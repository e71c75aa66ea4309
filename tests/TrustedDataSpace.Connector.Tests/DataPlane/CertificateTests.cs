using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Connector.Tests.Transfer;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>Access tokens that are bound to a client certificate (RFC 8705), over real TLS. As in <see cref="ProofOfPossessionTests"/>, what passes is answered 503.</summary>
public sealed class CertificateTests(CertificateSetting setting) : IClassFixture<CertificateSetting>
{
    private const int Passed = 503;
    private const string Member = "x5t#S256";

    private readonly HeldFlow flow = setting.Flow;
    private readonly HttpClient own = setting.Client(setting.Own);
    private readonly HttpClient bare = setting.Client(null);

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_certificate_over_which_the_transfer_was_asked_for_opens_the_flow(string version)
    {
        Assert.Equal(("tds:clientCertificate", 0), (flow.AuthType, flow.Key.Length));
        Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(setting.Own.RawData)), Confirmation(flow.Token).GetProperty(Member).GetString());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Passed, (await CertificateSetting.AskAsync(own, flow, request => (request.Version, request.VersionPolicy) = (Version.Parse(version), HttpVersionPolicy.RequestVersionExact))).Status);
        }
    }

    [Fact]
    public async Task So_does_each_further_connection_also_one_that_takes_up_a_session_of_TLS()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Passed, (await CertificateSetting.AskAsync(own, flow, request => request.Headers.ConnectionClose = true)).Status);
        }
    }

    [Fact]
    public async Task Without_a_certificate_and_over_another_one_the_token_opens_nothing()
    {
        Assert.Equal((401, Member, "Bearer error=\"invalid_token\""), await CertificateSetting.AskAsync(bare, flow));
        Assert.Equal((401, Member, "Bearer error=\"invalid_token\""), await CertificateSetting.AskAsync(setting.Client(setting.Certificate()), flow));
        Assert.Equal(Passed, (await CertificateSetting.AskAsync(own, flow)).Status);
    }

    [Theory]
    [InlineData("X-Client-Cert")]
    [InlineData("X-Forwarded-Client-Cert")]
    [InlineData("X-SSL-Client-Cert")]
    [InlineData("X-ARR-ClientCert")]
    [InlineData("Client-Cert")]
    public async Task What_a_header_says_of_a_certificate_is_believed_from_nobody(string header)
    {
        var encoded = Convert.ToBase64String(setting.Own.RawData);
        foreach (var value in new[] { encoded, $":{encoded}:", Uri.EscapeDataString(setting.Own.ExportCertificatePem()), $"Hash={Convert.ToHexStringLower(SHA256.HashData(setting.Own.RawData))};Cert=\"{Uri.EscapeDataString(setting.Own.ExportCertificatePem())}\"" })
        {
            Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(bare, flow, request => request.Headers.TryAddWithoutValidation(header, value))));
            var started = await setting.StartAsync(WithHeader(header, value), "header-" + Guid.NewGuid());
            Assert.Equal("DPoP", started.AuthType);
        }
    }

    [Fact]
    public async Task A_certificate_that_is_not_valid_now_neither_begins_a_transfer_nor_opens_one()
    {
        foreach (var certificate in new[] { setting.Certificate(to: TimeSpan.FromMinutes(-1)), setting.Certificate(from: TimeSpan.FromMinutes(10)) })
        {
            var client = setting.Client(certificate);
            var (status, error) = await setting.RequestAsync(client, "expired");
            Assert.Equal((HttpStatusCode.Unauthorized, "TransferError"), (status, DspJson.TypeOf(error)));
            Assert.Contains("validity", error.ToString(), StringComparison.Ordinal);

            var other = await setting.StartAsync(own, "to-expire-" + certificate.Thumbprint);
            var bound = await setting.HeldAsync(other, certificate: CertificateProofs.ThumbprintOf(certificate));
            Assert.Equal((401, "validity"), Refused(await CertificateSetting.AskAsync(client, bound)));
        }
    }

    [Fact]
    public async Task A_token_serves_its_own_flow_alone()
    {
        var another = setting.Certificate();
        var others = await setting.StartAsync(setting.Client(another), "others");
        var second = await setting.StartAsync(own, "second");
        Assert.Equal((401, "flow"), Refused(await CertificateSetting.AskAsync(own, flow with { Token = second.Token })));
        Assert.Equal((401, "flow"), Refused(await CertificateSetting.AskAsync(own, flow with { Token = others.Token })));
        Assert.Equal((401, "flow"), Refused(await CertificateSetting.AskAsync(setting.Client(another), flow with { Token = others.Token })));
        Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(own, others)));
        Assert.Equal(Passed, (await CertificateSetting.AskAsync(setting.Client(another), others)).Status);
    }

    [Fact]
    public async Task It_serves_in_no_other_way_and_no_other_token_serves_in_this_one()
    {
        static void Dpop(HttpRequestMessage request) => request.Headers.Authorization = new AuthenticationHeaderValue("DPoP", request.Headers.Authorization!.Parameter);
        Assert.Equal((401, "authorization", "Bearer"), await CertificateSetting.AskAsync(own, flow, Dpop));

        // Bound to the consumer's own key: a certificate is no proof of that.
        var proven = await setting.StartAsync(bare, "proven");
        Assert.Equal("DPoP", proven.AuthType);
        Assert.Equal((401, "authorization"), Refused(await CertificateSetting.AskAsync(own, proven)));
        Assert.Equal((401, "dpop"), Refused(await CertificateSetting.AskAsync(own, proven, Dpop)));

        // What it was bound to before it was settled otherwise is no proof any more, in both directions.
        var bearer = await setting.HeldAsync(proven, allowBearer: true);
        Assert.Equal(("bearer", Passed), (bearer.AuthType, (await CertificateSetting.AskAsync(bare, bearer)).Status));
        var bound = await setting.HeldAsync(proven, allowBearer: true, CertificateProofs.ThumbprintOf(setting.Own));
        Assert.Equal("tds:clientCertificate", bound.AuthType);
        Assert.Equal((401, "cnf"), Refused(await CertificateSetting.AskAsync(own, bearer)));
        Assert.Equal((401, "cnf"), Refused(await CertificateSetting.AskAsync(own, proven)));
        Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(bare, bound)));
        Assert.Equal(Passed, (await CertificateSetting.AskAsync(own, bound)).Status);
        await setting.HeldAsync(proven, allowBearer: true);
        Assert.Equal((401, "cnf"), Refused(await CertificateSetting.AskAsync(own, bound)));
    }

    [Fact]
    public async Task A_renewed_token_is_bound_to_the_same_certificate()
    {
        var renewal = setting.Connector.Service<Hosting.Configuration.ServiceAddress>().Url + "/data-tokens/" + flow.Flow;
        using var request = new HttpRequestMessage(HttpMethod.Post, renewal);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", setting.Space.TokenOf(TestSpace.Peer, TimeProvider.System.GetUtcNow()));
        using var answer = await bare.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var renewed = flow with { Token = ProtocolJson.Parse(await answer.Content.ReadAsByteArrayAsync()).GetProperty("access_token").GetString()! };
        Assert.NotEqual(flow.Token, renewed.Token);
        Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(bare, renewed)));
        Assert.Equal(Passed, (await CertificateSetting.AskAsync(own, renewed)).Status);
    }

    [Fact]
    public async Task A_start_by_the_provider_brings_another_token_for_the_same_certificate_also_after_a_restart()
    {
        // In a setting of its own: the connector is stopped.
        var apart = new CertificateSetting();
        await apart.InitializeAsync();
        try
        {
            var (held, client) = (apart.Flow, apart.Client(apart.Own));
            await apart.Connector.RestartAsync();
            var moved = held with { Endpoint = new Uri(apart.Connector.Service<Hosting.Configuration.ServiceAddress>().Url + held.Endpoint.AbsolutePath) };
            Assert.Equal(Passed, (await CertificateSetting.AskAsync(client, moved)).Status);

            await apart.Connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferSuspension, held.Flow), new Termination { Reason = "not now" });

            // The first start may come once more: a stop may be faster than the note that it has arrived.
            await apart.Space.NextOfAsync("TransferSuspensionMessage");
            Assert.Equal(HttpStatusCode.OK, (await apart.Connector.StepAsync(ManagementRoutes.TransferStarting, held.Flow)).Status);
            var next = HeldFlow.Of(apart.Space, held.Flow, DspJson.Read<TransferStartMessage>((await apart.Space.NextOfAsync("TransferStartMessage")).Message).DataAddress!);
            Assert.Equal("tds:clientCertificate", next.AuthType);
            Assert.Equal((401, "cnf"), Refused(await CertificateSetting.AskAsync(client, moved)));
            Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(apart.Client(null), next)));
            Assert.Equal(Passed, (await CertificateSetting.AskAsync(client, next)).Status);
        }
        finally
        {
            await apart.DisposeAsync();
        }
    }

    [Fact]
    public async Task Whoever_could_sign_with_a_key_of_the_flow_asks_for_this_by_showing_a_certificate()
    {
        var apart = new CertificateSetting();
        await apart.InitializeAsync();
        try
        {
            apart.Space.PublishesAgreementKey = true;
            Assert.Equal("tds:clientCertificate", (await apart.StartAsync(apart.Client(apart.Own), "asked")).AuthType);
        }
        finally
        {
            await apart.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_no_certificate_is_asked_for_none_arrives_and_what_is_bound_to_one_stays_shut(bool overTls)
    {
        await using var space = await TestSpace.StartAsync();
        space.Filing = TestSpace.Receipt;
        await using var connector = await TestConnector.StartAsync(space, overTls ? setting.Listen(asks: false) : null);
        connector.Caller = setting.Client(setting.Own);
        var agreement = await connector.AgreeAsProviderAsync();
        var held = await HeldFlow.StartAsync(connector, agreement);
        Assert.Equal("DPoP", held.AuthType);

        var properties = await connector.Service<FlowHandover>().WriteAsync(held.Flow, agreement, TestSpace.Peer, allowBearer: true, CertificateProofs.ThumbprintOf(setting.Own), default);
        var bound = HeldFlow.Of(space, held.Flow, new DataAddress { EndpointType = DspConstants.HttpEndpointType, Endpoint = held.Endpoint.ToString(), EndpointProperties = properties });
        Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(own, bound)));
        Assert.Equal((401, Member), Refused(await CertificateSetting.AskAsync(own, bound, request => request.Headers.TryAddWithoutValidation("X-Forwarded-Client-Cert", Convert.ToBase64String(setting.Own.RawData)))));
    }

    [Theory]
    [InlineData("key", "Key", null, null)]
    [InlineData("key:abc", "Key", "abc", "urn:ietf:params:oauth:jwk-thumbprint:sha-256:abc")]
    [InlineData("dpop:abc", "Dpop", "abc", "urn:ietf:params:oauth:jwk-thumbprint:sha-256:abc")]
    [InlineData("certificate:abc", "Certificate", "abc", "ni:///sha-256;abc")]
    [InlineData("bearer", "Bearer", null, null)]
    [InlineData(null, "None", null, null)]
    public void A_binding_is_kept_as_it_is_and_names_a_connector_by_its_key(string? column, string kind, string? thumbprint, string? connector)
    {
        var binding = FlowBinding.Of(7, column);
        Assert.Equal((kind, 7, thumbprint, connector, column), (binding.Kind.ToString(), binding.Number, binding.Thumbprint, binding.Connector, binding.ToColumn()));
    }

    [Theory]
    [InlineData("certificate")]
    [InlineData("dpop")]
    [InlineData("bearer:abc")]
    [InlineData("")]
    [InlineData("something:else")]
    public void What_is_not_readable_binds_to_nothing_and_opens_nothing(string column) => Assert.Equal(FlowBindingKind.None, FlowBinding.Of(7, column).Kind);

    private HttpClient WithHeader(string header, string value)
    {
        var client = setting.Client(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
        return client;
    }

    private static (int Status, string Term) Refused((int Status, string Term, string? Challenge) answer) => (answer.Status, answer.Term);

    private static System.Text.Json.JsonElement Confirmation(string token) =>
        ProtocolJson.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).GetProperty("cnf");
}
