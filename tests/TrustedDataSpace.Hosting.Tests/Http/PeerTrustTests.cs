using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Http;

public sealed class PeerTrustTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly TestCertificates certificates = new();
    private WebApplication peer = null!;
    private string live = "";

    public async ValueTask InitializeAsync()
    {
        certificates.Issue(folder["tls.crt"], folder["tls.key"]);
        await File.WriteAllTextAsync(folder["root.pem"], certificates.RootPem);
        var settings = TestService.Settings(folder) with
        {
            Listen = new ListenOptions { Url = "https://127.0.0.1:0", CertificateFile = folder["tls.crt"], KeyFile = folder["tls.key"] },
        };
        peer = ServiceHost.CreateBuilder(settings, new SchemaComponent("test", typeof(PeerTrustTests).Assembly)).Build();
        peer.UseServiceDefaults();
        await peer.StartServiceAsync(TextWriter.Null);
        live = peer.Services.GetRequiredService<ServiceAddress>().Url + "/health/live";
    }

    public async ValueTask DisposeAsync()
    {
        await peer.DisposeAsync();
        certificates.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_peer_whose_authority_is_trusted_is_called()
    {
        using var client = Client(folder["root.pem"]);
        Assert.NotEmpty((await client.SendAsync(HttpMethod.Get, live, null, null, CancellationToken.None)).Body);
    }

    [Fact]
    public async Task The_systems_authorities_do_not_vouch_for_it()
    {
        using var client = Client(null);
        await RefusesAsync(client);
    }

    [Fact]
    public async Task Another_authority_does_not_vouch_for_it()
    {
        using var others = new TestCertificates();
        await File.WriteAllTextAsync(folder["other.pem"], others.RootPem);
        using var client = Client(folder["other.pem"]);
        await RefusesAsync(client);
    }

    [Fact]
    public async Task A_trusted_certificate_for_another_name_is_refused()
    {
        certificates.Issue(folder["tls.crt"], folder["tls.key"], "other.example");
        using var client = Client(folder["root.pem"]);
        await RefusesAsync(client);
    }

    [Theory]
    [InlineData("absent.pem")]
    [InlineData("empty.pem")]
    public void A_file_without_certificates_is_refused_and_named(string name)
    {
        File.WriteAllText(folder["empty.pem"], "");
        var refusal = Assert.Throws<InvalidOperationException>(() => Client(folder[name]));
        Assert.Contains(folder[name], refusal.Message, StringComparison.Ordinal);
    }

    private async Task RefusesAsync(JsonClient client)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(
            () => client.SendAsync(HttpMethod.Get, live, null, null, CancellationToken.None)).Within("the refusal");
        Assert.IsType<AuthenticationException>(refusal.InnerException!.InnerException);
    }

    private JsonClient Client(string? trusted) => new(TestService.Settings(folder) with
    {
        Egress = new EgressOptions { AllowPrivateAddresses = true, TrustedCertificates = trusted },
    });
}
