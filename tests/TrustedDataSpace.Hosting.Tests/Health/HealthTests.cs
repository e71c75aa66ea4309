using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Health;

public sealed class HealthTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly List<string> missing = [];
    private WebApplication app = null!;

    public async ValueTask InitializeAsync()
    {
        app = Build();
        app.UseServiceDefaults(_ => missing);
        await app.StartServiceAsync(TextWriter.Null);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task What_is_missing_makes_a_service_not_ready_but_leaves_it_alive()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/health/ready")).Status);
        missing.Add("the participant is not an active member");
        var (status, document) = await GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("not ready", document.GetProperty("status").GetString());
        Assert.Equal("the participant is not an active member", document.GetProperty("reasons")[0].GetString());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/health/live")).Status);
    }

    [Fact]
    public async Task A_worker_that_fails_ends_the_program_with_an_error()
    {
        var code = await ServiceHost.RunAsync<ServiceSettings>(
            () => [TestService.Settings(folder)],
            (_, _) =>
            {
                var broken = Build("broken", services => services.AddHostedService<BrokenWorker>());
                broken.UseServiceDefaults();
                return broken;
            }).Within("the end");
        Assert.Equal(1, code);
    }

    private WebApplication Build(string name = "data", Action<IServiceCollection>? more = null)
    {
        var settings = TestService.Settings(folder) with { Storage = new StorageOptions { Folder = folder[name] } };
        var builder = ServiceHost.CreateBuilder(settings, new SchemaComponent("test", typeof(HealthTests).Assembly));
        more?.Invoke(builder.Services);
        return builder.Build();
    }

    private async Task<(HttpStatusCode Status, JsonElement Document)> GetAsync(string path)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(app.Services.GetRequiredService<ServiceAddress>().Url + path)).Within("an answer");
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private sealed class BrokenWorker : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidDataException("broken");
        }
    }
}
