using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting.Processes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>
/// Two spaces, each with its authority, and one participant that is in both by one process. All go by the same identifiers in both, the
/// authorities too: nothing is told apart by its name alone.
/// </summary>
public sealed class HubSpaces : IAsyncLifetime
{
    public const string Hub = "did:web:hub.example";

    private ServiceGroup? group;

    internal HubSpace Alpha { get; private set; } = null!;

    internal HubSpace Beta { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var spaces = new[] { await TestSpace.StartAsync(id: "alpha-space"), await TestSpace.StartAsync(id: "beta-space") };
        var settings = spaces.Select(space => space.SettingsOf("hub", Hub, "44")).ToList();
        group = await ServiceGroup.StartAsync(settings, Build, TextWriter.Null);
        Alpha = await JoinAsync(spaces[0], group.Services[0], settings[0]);
        Beta = await JoinAsync(spaces[1], group.Services[1], settings[1]);

        WebApplication Build(ConnectorSettings one, Action<WebApplicationBuilder>? configure) => ConnectorHost.Build(one, builder =>
        {
            configure?.Invoke(builder);
            spaces.Single(space => space.Id == one.Space.Id).Configure("hub")(builder);
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (group is not null)
        {
            await group.DisposeAsync();
        }

        foreach (var space in new[] { Alpha?.Space, Beta?.Space }.OfType<TestSpace>())
        {
            await space.DisposeAsync();
        }
    }

    private static async Task<HubSpace> JoinAsync(TestSpace space, WebApplication app, ConnectorSettings settings)
    {
        var hub = space.Adopt(app, settings.Management.Token!);
        await space.AdmitAsync(Hub);
        Assert.Equal("active", (await hub.WaitAsync<ConnectorStatus>(ManagementRoutes.Status)).Membership);
        var (grid, vpp) = (space.Provider, space.Consumer);

        // It consumes what Grid offers, and offers to Vpp.
        space.Consumer = hub;
        var bought = await space.ContractAsync("curves");
        (await bought.UseAsync()).EnsureSuccessStatusCode().Dispose();
        (space.Provider, space.Consumer) = (hub, vpp);
        var sold = await space.ContractAsync("forecast");
        (await sold.UseAsync()).EnsureSuccessStatusCode().Dispose();
        foreach (var connector in new[] { hub, vpp })
        {
            await MembershipAsync(space, connector);
        }

        return new HubSpace(space, hub, grid, vpp, bought, sold);
    }

    private static async Task MembershipAsync(TestSpace space, HttpClient connector)
    {
        var metadata = DcpJson.Read<IssuerMetadata>(await space.Operator.GetByteArrayAsync(new Uri(AuthorityRoutes.IssuerService + DcpRoutes.Metadata, UriKind.Relative)));
        var membership = metadata.CredentialsSupported.First(one => one is { CredentialType: "MembershipCredential", Profile: "vc20-bssl/jwt" }).Id;
        var request = await connector.PostAsync<CredentialRequestView>(ManagementRoutes.CredentialRequests, new CredentialRequestStart { Credentials = [membership] });
        var address = ManagementRoutes.For(ManagementRoutes.CredentialRequestById, request.Id);
        await connector.WaitAsync<CredentialRequestView>(address);
        Assert.Equal(CredentialRequestStates.Issued, (await connector.WaitAsync<CredentialRequestView>(address + "?after=received")).State);
    }
}

/// <summary>One of the spaces.</summary>
/// <param name="Space">With the hub as provider and Vpp as consumer.</param>
/// <param name="Hub">Client of the hub's connector there.</param>
/// <param name="Grid">Sells to the hub.</param>
/// <param name="Vpp">Buys of the hub.</param>
/// <param name="Bought">The hub's contract with Grid.</param>
/// <param name="Sold">Vpp's contract with the hub.</param>
internal sealed record HubSpace(TestSpace Space, HttpClient Hub, HttpClient Grid, HttpClient Vpp, TestContract Bought, TestContract Sold)
{
    /// <summary>A service of a connector of this space.</summary>
    public T Of<T>(HttpClient connector)
        where T : notnull => Space.Behind(connector).Services.GetRequiredService<T>();
}
