using System.Net;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

/// <summary>A consumer that asks again when it is not its turn (DSP §7.1.2: no step leads from REQUESTED to REQUESTED).</summary>
public sealed class CounterRequestTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Theory]
    [InlineData("urn:uuid:1", "urn:uuid:2", HttpStatusCode.BadRequest)]
    [InlineData("urn:uuid:1", "urn:uuid:1", HttpStatusCode.OK)]
    [InlineData(null, null, HttpStatusCode.OK)]
    public async Task Second_counter_request_is_refused_unless_it_may_be_the_first_sent_again(string? first, string? second, HttpStatusCode expected)
    {
        var counter = await OfferedAsync();
        var path = DspRoutes.NegotiationCounterRequest(counter.ProviderPid!);
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(path, counter, messageId: first)).Status);

        var (status, body) = await connector.SendAsync(path, counter, messageId: second);

        Assert.Equal(expected, status);
        Assert.Equal(expected == HttpStatusCode.OK ? "ContractNegotiation" : "ContractNegotiationError", DspJson.TypeOf(body));
        Assert.Equal(NegotiationStates.Requested, DspJson.Read<ContractNegotiation>((await connector.GetAsync(DspRoutes.Negotiation(counter.ProviderPid!))).Body).State);
    }

    [Fact]
    public async Task What_was_withdrawn_is_not_offered_any_more()
    {
        var asked = await AskedAsync();
        await connector.Service<ProductService>().WithdrawAsync("bargained");

        var refusal = await Assert.ThrowsAsync<RefusalException>(() => connector.Service<NegotiationSteps>().ProposeAsync(asked.ProviderPid!, DspRole.Provider, null));

        Assert.Equal(RefusalCode.NotFound, refusal.Code);
        Assert.Equal(NegotiationStates.Requested, DspJson.Read<ContractNegotiation>((await connector.GetAsync(DspRoutes.Negotiation(asked.ProviderPid!))).Body).State);
    }

    /// <summary>The connector has made an offer, and the consumer's answer to it is this.</summary>
    private async Task<ContractRequestMessage> OfferedAsync()
    {
        var asked = await AskedAsync();
        await connector.ManageAsync<NegotiationView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.NegotiationOffer, asked.ProviderPid!), new NegotiationTerms());
        Assert.Equal(DspRoutes.NegotiationOffers("c1"), (await space.NextAsync()).Path);
        return asked;
    }

    /// <summary>The consumer has asked, and a person at the provider has not answered.</summary>
    private async Task<ContractRequestMessage> AskedAsync()
    {
        var product = await connector.Service<ProductService>().PublishAsync(new ProductDefinition
        {
            Id = "bargained",
            AssetId = "curves",
            Title = "Load curves",
            Policy = ProtocolJson.Parse("""{"permission":[{"action":"use"}]}"""u8),
            Negotiation = NegotiationModes.Manual,
        });
        var request = new ContractRequestMessage
        {
            ConsumerPid = "c1",
            CallbackAddress = space.Url + TestSpace.PeerPath,
            Offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"{{product.OfferId}}","target":"bargained","permission":[{"action":"use"}]}"""),
        };
        var begun = DspJson.Read<ContractNegotiation>((await connector.SendAsync(DspRoutes.NegotiationRequest, request)).Body);
        return request with { ProviderPid = begun.ProviderPid, CallbackAddress = null };
    }
}
