using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Space;

/// <summary>
/// A whole space in one process: authority, data source, and one connector for each participant. They share nothing but the
/// process (and, in a demonstration, the clock): all they say to each other goes over HTTP on loopback.
/// </summary>
internal sealed class SpaceHost : IAsyncDisposable
{
    // The name under which a connector keeps its key.
    private const string ParticipantKey = "participant";

    private readonly SpaceDefinition definition;
    private readonly SpaceFolder folder;
    private readonly TimeProvider? clock;
    private readonly Dictionary<string, HostedService> connectors = [];
    private HostedService? authority;
    private SourceApi? source;
    private IDisposable? folderLock;

    private SpaceHost(SpaceDefinition definition, SpaceFolder folder, TimeProvider? clock)
    {
        this.definition = definition;
        this.folder = folder;
        this.clock = clock;
    }

    /// <summary>Addresses and tokens of what runs; also in the folder's <c>access.json</c>.</summary>
    public SpaceAccess Access { get; private set; } = null!;

    /// <summary>Where the source listens.</summary>
    public string SourceUrl => source!.Url;

    /// <summary>Starts everything: the authority first, because the connectors apply to it at once.</summary>
    /// <param name="definition">Checked.</param>
    /// <param name="folder">Where state is kept; what an earlier start left there goes on.</param>
    /// <param name="clock">For all services; null for the machine's.</param>
    /// <exception cref="CannotStartException">Says which service, and why.</exception>
    public static async Task<SpaceHost> StartAsync(SpaceDefinition definition, SpaceFolder folder, TimeProvider? clock = null)
    {
        var host = new SpaceHost(definition, folder, clock);
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>The key of a participant, which its owner has and nobody else.</summary>
    public SigningKey KeyOf(string participant) => connectors[participant].Services.GetRequiredService<KeyStore>().Signing(ParticipantKey);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(connectors.Values.Select(connector => connector.DisposeAsync().AsTask()));
        if (source is not null)
        {
            await source.DisposeAsync();
        }

        if (authority is not null)
        {
            await authority.DisposeAsync();
        }

        folderLock?.Dispose();
    }

    private async Task StartAsync()
    {
        folder.Create();
        folderLock = folder.Lock();
        var access = SpaceAccess.LoadOrCreate(folder, definition);
        access.Save(folder);
        source = await StartSourceAsync(access.SourceCredential);
        authority = await HostedService.StartAsync(
            AuthorityHost.Build(AuthoritySettings(access), HostedService.Configure(folder.LogOf("authority"), clock)),
            access.Authority,
            definition.Authority.Port);
        foreach (var participant in definition.Participants)
        {
            var name = participant.ShortName;
            connectors[name] = await HostedService.StartAsync(
                ConnectorHost.Build(ConnectorSettings(participant, access), HostedService.Configure(folder.LogOf(name), clock)),
                access.Participants[name],
                participant.Port);
        }

        Access = access with { Authority = authority.Access, Participants = connectors.ToDictionary(entry => entry.Key, entry => entry.Value.Access) };
        Access.Save(folder);
    }

    private async Task<SourceApi> StartSourceAsync(string credential)
    {
        try
        {
            return definition.Source.Service == SourceDefinition.Materials
                ? await SourceApi.StartAsync(definition.Source.Port, credential, AlloyAssistant.Map)
                : await SourceApi.StartAsync(definition.Source.Port, credential, definition.Source.DemandFile);
        }
        catch (IOException failure)
        {
            throw HostedService.Explain(failure, "the data source", definition.Source.Port);
        }
    }

    private AuthoritySettings AuthoritySettings(SpaceAccess access) => new()
    {
        Space = new SpaceOptions { Id = definition.Space },
        Participant = new ParticipantOptions { Id = definition.Authority.Id, Name = definition.Authority.Name },
        Listen = Loopback(definition.Authority.Port),
        Storage = new StorageOptions { Folder = folder.Of("authority") },
        Management = new() { Token = access.Authority.Token },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
    };

    private ConnectorSettings ConnectorSettings(ParticipantDefinition participant, SpaceAccess access) => new()
    {
        Space = new SpaceOptions { Id = definition.Space },
        Participant = new ParticipantOptions { Id = participant.Id, Name = participant.Name },
        Listen = Loopback(participant.Port),
        Storage = new StorageOptions { Folder = folder.Of(participant.ShortName) },
        Management = new() { Token = access.Participants[participant.ShortName].Token },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
        Authority = new() { Url = authority!.Access.Url!, Id = definition.Authority.Id },
        Membership = new() { Region = participant.Region, Roles = participant.Roles },
        Credentials = new() { ProveBy = PeerProof.Presentation, Shown = [CredentialOptions.Membership, .. participant.Shows], Asked = participant.Asks },
    };

    private static Hosting.Configuration.ListenOptions Loopback(int port) => new() { Url = $"http://127.0.0.1:{port}" };
}
