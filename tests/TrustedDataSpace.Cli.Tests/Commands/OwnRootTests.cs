using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

/// <summary>Commands to a service of a space whose certificates come from a root of its own.</summary>
public sealed class OwnRootTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly TestCertificates certificates = new();
    private WebApplication service = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(folder["root.pem"], certificates.RootPem);
        certificates.Issue(folder["tls.crt"], folder["tls.key"]);
        using var read = X509Certificate2.CreateFromPemFile(folder["tls.crt"], folder["tls.key"]);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(folder["tls.crt"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
            https.ServerCertificateChain = chain;
        })));
        service = builder.Build();
        service.MapFallback(() => Results.Text("""{"items":[]}""", "application/json"));
        await service.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        certificates.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("participant list")]
    [InlineData("app list")]
    public async Task A_command_with_a_settings_file_trusts_what_the_file_trusts(string command)
    {
        var run = await RunAsync(command, folder["root.pem"]);
        Assert.Equal((ExitCode.Ok, ""), (run.Code, run.Error));
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_with_the_remedy()
    {
        var run = await RunAsync("participant list", null);
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains("SSL_CERT_FILE", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("tds up", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_roots_that_is_not_there_is_named()
    {
        var run = await RunAsync("participant list", folder["none.pem"]);
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains(folder["none.pem"], run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://0.0.0.0:8443", "https://a.example:9443/", "https://a.example:9443")]
    [InlineData("https://0.0.0.0:8443", null, "https://localhost:8443")]
    [InlineData("https://[::]:8443", null, "https://localhost:8443")]
    [InlineData("https://192.0.2.1:8443", "https://a.example", "https://a.example")]
    [InlineData("https://192.0.2.1:8443", null, "https://192.0.2.1:8443")]
    [InlineData("http://127.0.0.1:8190", "https://a.example", "http://127.0.0.1:8190")]
    public void A_service_is_called_where_it_can_be_called(string listen, string? open, string address)
    {
        File.WriteAllText(folder["service.json"], JsonSerializer.Serialize(new { Listen = new { Url = listen, PublicUrl = open } }));
        Assert.Equal(address, ServiceConfig.Read(folder["service.json"]).Url);
    }

    private Task<CommandRun> RunAsync(string command, string? trusted)
    {
        var port = new Uri(service.Urls.First()).Port;
        File.WriteAllText(folder["service.json"], JsonSerializer.Serialize(new
        {
            Listen = new { Url = $"https://0.0.0.0:{port}" },
            Management = new { Token = "secret-of-the-management-interface" },
            Egress = new { TrustedCertificates = trusted },
        }));
        return CommandRun.OfAsync([.. command.Split(' '), "--config", folder["service.json"]]);
    }
}
