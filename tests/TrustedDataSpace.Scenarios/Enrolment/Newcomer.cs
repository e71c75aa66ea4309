using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Scenarios.Enrolment;

/// <summary>A connector that nobody has admitted yet, and that can be stopped and started again on its data.</summary>
internal sealed class Newcomer : IAsyncDisposable
{
    public const string Did = "did:web:newcomer.example";
    private const string Token = "a-management-token-for-tests-only-0123456789";

    private readonly WebApplication app;

    private Newcomer(WebApplication app) => this.app = app;

    public HttpClient Management { get; private set; } = null!;

    public Database Database => app.Services.GetRequiredService<Database>();

    public static async Task<Newcomer> StartAsync(TestSpace space, TempFolder folder, string? authority = null)
    {
        var app = ConnectorHost.Build(
            new ConnectorSettings
            {
                Space = new SpaceOptions { Id = "test-space" },
                Participant = new ParticipantOptions { Id = Did, Name = "Newcomer" },
                Storage = new StorageOptions { Folder = folder["data"] },
                Management = new ManagementOptions { Token = Token },
                Egress = new EgressOptions { AllowPrivateAddresses = true },
                Authority = new AuthorityOptions { Url = authority ?? space.Operator.BaseAddress!.ToString(), Id = "did:web:authority.example" },
                Membership = new MembershipOptions { Region = "44", CheckInterval = TimeSpan.FromSeconds(1) },
            },
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton<TimeProvider>(space.Clock);
            });
        await app.StartServiceAsync(TextWriter.Null);
        return new Newcomer(app)
        {
            Management = new HttpClient
            {
                BaseAddress = new Uri(app.Services.GetRequiredService<ServiceAddress>().Url),
                DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        Management.Dispose();
        await app.StopAsync().Within("the newcomer to stop");
        await app.DisposeAsync();
    }
}
