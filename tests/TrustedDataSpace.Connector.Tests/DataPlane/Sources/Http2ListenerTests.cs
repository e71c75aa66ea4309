using System.Net;
using System.Security.Cryptography.X509Certificates;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

/// <summary>A listener with TLS speaks both versions of HTTP.</summary>
public sealed class Http2ListenerTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly TestCertificates certificates = new();

    public void Dispose()
    {
        certificates.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_application_chooses_the_version_over_TLS(int version)
    {
        certificates.Issue(folder["tls.crt"], folder["tls.key"]);
        await using var plane = await SourcePlane.StartAsync(settings => settings with
        {
            Listen = new ListenOptions { Url = "https://127.0.0.1:0", CertificateFile = folder["tls.crt"], KeyFile = folder["tls.key"] },
        });
        await using var source = await TestSource.StartAsync();
        await plane.DefineAsync(source, rules: new() { Methods = ["GET", "POST"] });

        using var root = X509Certificate2.CreateFromPem(certificates.RootPem);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { root } };
        using var client = new HttpClient(handler) { BaseAddress = plane.Client.BaseAddress, DefaultRequestVersion = new Version(version, version == 1 ? 1 : 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var read = await client.GetAsync("/data/f/a%2Db?x=1");
        Assert.Equal((HttpStatusCode.OK, version, "data"), (read.StatusCode, read.Version.Major, await read.Content.ReadAsStringAsync()));
        using var sent = await client.PostAsync("/data/f/a", new StringContent("body"));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        Assert.Equal(["GET /base/a-b?x=1", "POST /base/a"], source.Requests.Select(asked => asked.Line));

        using var refused = await client.GetAsync("/data/f/a%2fb");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }
}
