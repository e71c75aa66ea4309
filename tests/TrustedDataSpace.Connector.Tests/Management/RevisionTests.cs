using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Management;

/// <summary>A negotiation that is under way guards itself, and what it rests on.</summary>
public sealed class RevisionTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;
    private string route = "";
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
        await connector.SendAsync(DspRoutes.NegotiationRequest, new ContractRequestMessage
        {
            ConsumerPid = "c1",
            CallbackAddress = space.Url + TestSpace.PeerPath,
            Offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"{{TestConnector.Product}}","permission":[{"action":"use"}]}"""),
        });
        await space.NextAsync();
        id = Assert.Single((await connector.ManageAsync<Page<NegotiationView>>(HttpMethod.Get, ManagementRoutes.Negotiations)).Items).Id;
        route = ManagementRoutes.For(ManagementRoutes.NegotiationById, id);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_change_that_leaves_no_evidence_changes_the_entity_tag_and_a_step_with_the_old_one_is_not_taken()
    {
        using var client = new HttpClient { BaseAddress = new Uri(connector.Service<ServiceAddress>().Url) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", TestConnector.ManagementToken);
        var before = await TagAsync(client);
        Assert.Equal(before, await TagAsync(client));
        await connector.Service<Database>().WriteAsync(unit => NegotiationStore.Update(unit, NegotiationStore.Find(unit, id)!));
        Assert.NotEqual(before, await TagAsync(client));

        using var step = new HttpRequestMessage(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.NegotiationTermination, id)) { Content = JsonContent.Create(new Termination { Reason = "late" }) };
        step.Headers.IfMatch.Add(before);
        using var refused = await client.SendAsync(step);
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
    }

    [Fact]
    public async Task The_asset_of_an_agreement_that_is_not_in_force_yet_stays()
    {
        await connector.Service<ProductService>().WithdrawAsync(TestConnector.Product);
        var refusal = await connector.Service<AssetService>().DeleteAsync("curves").Refused();
        Assert.Equal(RefusalCode.Conflict, refusal.Code);
        Assert.Contains("about to be concluded", refusal.Message, StringComparison.Ordinal);

        await connector.SendAsync(DspRoutes.NegotiationTermination(id), new ContractNegotiationTerminationMessage { ProviderPid = id, ConsumerPid = "c1" });
        await connector.Service<AssetService>().DeleteAsync("curves").Within("the removal");
    }

    private async Task<EntityTagHeaderValue> TagAsync(HttpClient client)
    {
        using var shown = await client.GetAsync(new Uri(route, UriKind.Relative));
        return shown.Headers.ETag!;
    }
}
