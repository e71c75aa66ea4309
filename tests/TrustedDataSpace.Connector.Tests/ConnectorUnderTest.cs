using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests;

/// <summary>A connector with a folder of its own. Until it is started, nothing runs and its services can be called directly.</summary>
internal sealed class ConnectorUnderTest : IAsyncDisposable
{
    public const string Did = "did:web:grid.example";
    public const string Space = "power-grid";
    public const string AuthorityDid = "did:web:authority.example";
    public const string ManagementSecret = "a-management-token-for-tests-only-0123456789";

    public const string ManagementAudience = "grid-connector";

    private readonly TempFolder folder;
    private readonly bool ownsFolder;
    private readonly WebApplication app;
    private bool started;

    /// <param name="authority">Nobody listens at the default.</param>
    /// <param name="clock">Default: the machine's.</param>
    /// <param name="folder">Of an earlier connector, to start again on its data.</param>
    /// <param name="policies">Default: the embedded engine.</param>
    /// <param name="managementIssuer">Whose tokens open the management interface, too.</param>
    /// <param name="with">Other settings.</param>
    /// <param name="configure">Last word on the registrations.</param>
    public ConnectorUnderTest(string authority = "http://127.0.0.1:1", TimeProvider? clock = null, TempFolder? folder = null, PolicyOptions? policies = null,
        string? managementIssuer = null, Func<ConnectorSettings, ConnectorSettings>? with = null, Action<WebApplicationBuilder>? configure = null)
    {
        ownsFolder = folder is null;
        this.folder = folder ?? new TempFolder();
        var settings = new ConnectorSettings
        {
            Space = new SpaceOptions { Id = Space },
            Participant = new ParticipantOptions { Id = Did, Name = "Grid" },
            Storage = new StorageOptions { Folder = this.folder["data"] },
            Management = new ManagementOptions { Token = ManagementSecret, Issuer = managementIssuer, Audience = managementIssuer is null ? null : ManagementAudience },
            Egress = new EgressOptions { AllowPrivateAddresses = true },
            Authority = new AuthorityOptions { Url = authority, Id = AuthorityDid },
            Membership = new Connector.MembershipOptions { Region = "44", Roles = ["provider"] },
            Policies = policies ?? new PolicyOptions(),
        };
        app = ConnectorHost.Build(
            with?.Invoke(settings) ?? settings,
            builder =>
            {
                builder.Logging.ClearProviders();
                if (clock is not null)
                {
                    builder.Services.AddSingleton(clock);
                }

                configure?.Invoke(builder);
            });
    }

    public string Url => Get<ServiceAddress>().Url;

    public Database Database => Get<Database>();

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public async Task StartAsync()
    {
        started = true;
        await Hosting.ServiceHost.StartServiceAsync(app, TextWriter.Null);
    }

    /// <summary>Stores an agreement in which this participant is the consumer.</summary>
    public Task AgreeAsync(string id) => Database.WriteAsync(unit => unit.Execute(
        """
        INSERT INTO agreements (space_id, id, role, state, asset_id, classification, document, concluded_at, filed)
        VALUES (@Space, @id, 'CONSUMER', 'active', 'meters', 'general', '{}', 0, 1)
        """,
        new { unit.Space, id }));

    /// <summary>A client of the management interface.</summary>
    public HttpClient Management(string bearer = ManagementSecret)
    {
        var client = new HttpClient { BaseAddress = new Uri(Url) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (started)
        {
            await app.StopAsync();
        }

        await app.DisposeAsync();
        if (ownsFolder)
        {
            folder.Dispose();
        }
    }
}
