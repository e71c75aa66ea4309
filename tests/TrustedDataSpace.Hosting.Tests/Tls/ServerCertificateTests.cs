using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Tls;

/// <summary>The real host over real TLS on loopback.</summary>
public sealed class ServerCertificateTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly TestCertificates certificates = new();
    private readonly ErrorLog errors = new();
    private WebApplication? app;
    private string first = "";

    private string CertificateFile => folder["tls.crt"];

    private string KeyFile => folder["tls.key"];

    private Uri Url => new(app!.Services.GetRequiredService<ServiceAddress>().Url);

    public ValueTask InitializeAsync()
    {
        first = certificates.Issue(CertificateFile, KeyFile);
        File.WriteAllText(folder["root.pem"], certificates.RootPem);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        certificates.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_renewed_pair_is_shown_to_new_connections_and_old_ones_stay()
    {
        await StartAsync();
        await using var old = await ConnectAsync();
        Assert.Equal(first, old.RemoteCertificate!.GetCertHashString());

        var second = certificates.Issue(CertificateFile, KeyFile);
        await using var renewed = await ConnectAsync();
        Assert.Equal(second, renewed.RemoteCertificate!.GetCertHashString());
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(old), StringComparison.Ordinal);
        Assert.Equal(0, errors.Count);
    }

    [Fact]
    public async Task A_bad_pair_keeps_the_old_one_is_logged_once_and_a_good_one_ends_it()
    {
        await StartAsync();
        await File.WriteAllTextAsync(CertificateFile, "half a fi");
        Assert.Equal([first, first, first], await ShownAsync(3));
        Assert.Equal(1, errors.Count);

        var second = certificates.Issue(CertificateFile, KeyFile);
        Assert.Equal([second, second], await ShownAsync(2));
        Assert.Equal(1, errors.Count);
    }

    [Fact]
    public async Task A_missing_file_keeps_the_old_pair_and_is_logged_once()
    {
        await StartAsync();
        File.Delete(KeyFile);
        Assert.Equal([first, first], await ShownAsync(2));
        Assert.Equal(1, errors.Count);
    }

    [Fact]
    public async Task The_key_of_another_certificate_keeps_the_old_pair()
    {
        await StartAsync();
        certificates.Issue(folder["other.crt"], KeyFile);
        Assert.Equal([first], await ShownAsync(1));
        Assert.Equal(1, errors.Count);
    }

    [Fact]
    public async Task A_renewed_pair_is_taken_over_through_a_link_that_changes()
    {
        // As a platform mounts secrets: tls.crt leads into a folder that is a link, and the link is exchanged.
        Directory.CreateDirectory(folder["one"]);
        Directory.CreateDirectory(folder["two"]);
        first = certificates.Issue(folder["one/tls.crt"], folder["one/tls.key"]);
        var second = certificates.Issue(folder["two/tls.crt"], folder["two/tls.key"]);
        File.CreateSymbolicLink(folder["now"], "one");
        await StartAsync(new ListenOptions { Url = "https://127.0.0.1:0", CertificateFile = folder["now/tls.crt"], KeyFile = folder["now/tls.key"] });
        Assert.Equal([first], await ShownAsync(1));

        File.Delete(folder["now"]);
        File.CreateSymbolicLink(folder["now"], "two");
        Assert.Equal([second], await ShownAsync(1));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Both_versions_of_http_are_spoken_and_the_issuer_is_sent_along(string version)
    {
        await StartAsync();
        using var client = new HttpClient(EgressRule.CreateHandler(new EgressOptions { AllowPrivateAddresses = true, TrustedCertificates = folder["root.pem"] }))
        {
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.GetAsync(new Uri(Url, "/health/live")).Within("an answer");
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal(version, answer.Version.ToString());

        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(Url, "/health/live")) { Version = client.DefaultRequestVersion };
        using var refused = await client.SendAsync(request).Within("a refusal");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        Assert.Equal(["GET"], refused.Content.Headers.Allow);
    }

    [Fact]
    public async Task Tls_is_of_version_1_2_at_least()
    {
        await StartAsync();
        await using var connection = await ConnectAsync();
        Assert.True(connection.SslProtocol >= SslProtocols.Tls12, connection.SslProtocol.ToString());
        await using var older = await ConnectAsync(SslProtocols.Tls12);
        Assert.Equal(SslProtocols.Tls12, older.SslProtocol);
    }

    [Fact]
    public async Task A_start_without_a_usable_pair_is_refused_and_names_both_files()
    {
        await File.WriteAllTextAsync(CertificateFile, "nothing");
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync());
        Assert.Contains(CertificateFile, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(KeyFile, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_others_can_read_is_refused_at_the_start()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync());
            Assert.Contains("0600", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://0.0.0.0:8443", "Listen:PublicUrl")]
    [InlineData("https://connector.example:8443", "Listen:Url")]
    [InlineData("http://127.0.0.1:0", "Listen:CertificateFile")]
    [InlineData("http://10.0.0.1:8080", "Listen:Url")]
    public void Settings_that_do_not_go_together_are_refused(string url, string named) =>
        Assert.Contains(
            new ListenOptions { Url = url, CertificateFile = CertificateFile, KeyFile = KeyFile }.Problems(),
            problem => problem.StartsWith(named, StringComparison.Ordinal));

    [Fact]
    public void Client_certificates_are_asked_for_over_https_only()
    {
        Assert.StartsWith("Listen:ClientCertificates", Assert.Single(new ListenOptions { ClientCertificates = true }.Problems()), StringComparison.Ordinal);
        Assert.Empty(new ListenOptions { Url = "https://127.0.0.1:0", CertificateFile = CertificateFile, KeyFile = KeyFile, ClientCertificates = true }.Problems());
    }

    [Fact]
    public void Https_on_all_addresses_with_a_public_name_is_allowed() =>
        Assert.Empty(new ListenOptions
        {
            Url = "https://[::]:8443",
            PublicUrl = "https://connector.example:8443",
            CertificateFile = CertificateFile,
            KeyFile = KeyFile,
        }.Problems());

    private async Task StartAsync(ListenOptions? listen = null)
    {
        var settings = TestService.Settings(folder) with
        {
            Listen = listen ?? new ListenOptions { Url = "https://127.0.0.1:0", CertificateFile = CertificateFile, KeyFile = KeyFile },
        };
        var builder = ServiceHost.CreateBuilder(settings, new SchemaComponent("test", typeof(ServerCertificateTests).Assembly));
        builder.Logging.ClearProviders().AddProvider(errors);
        app = builder.Build();
        app.UseServiceDefaults();
        await app.StartServiceAsync(TextWriter.Null);
    }

    private async Task<List<string>> ShownAsync(int connections)
    {
        var shown = new List<string>();
        for (var i = 0; i < connections; i++)
        {
            await using var connection = await ConnectAsync();
            shown.Add(connection.RemoteCertificate!.GetCertHashString());
        }

        return shown;
    }

    private async Task<SslStream> ConnectAsync(SslProtocols protocols = SslProtocols.None)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(Url.Host, Url.Port).Within("a connection");
        var stream = new SslStream(socket.GetStream());
        var options = PeerTrust.ClientOptions(new EgressOptions { TrustedCertificates = folder["root.pem"] });
        options.TargetHost = "localhost";
        options.EnabledSslProtocols = protocols;
        await stream.AuthenticateAsClientAsync(options).Within("the handshake");
        return stream;
    }

    private static async Task<string> AskAsync(SslStream connection)
    {
        await connection.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(connection, leaveOpen: true);
        return await reader.ReadToEndAsync().Within("an answer");
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Interlocked.Increment(ref count);
            }
        }

        public void Dispose()
        {
        }
    }
}
