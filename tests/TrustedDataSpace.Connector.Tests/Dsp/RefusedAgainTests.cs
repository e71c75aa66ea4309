using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

/// <summary>A peer that judges by its state alone: it has taken a message, its answer was lost, and it refuses the same message when it comes again.</summary>
public sealed class RefusedAgainTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        space.Filing = TestSpace.Receipt;
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Theory]
    [InlineData(StatusCodes.Status400BadRequest, NegotiationStates.Agreed)]
    [InlineData(StatusCodes.Status409Conflict, NegotiationStates.Agreed)]
    [InlineData(StatusCodes.Status400BadRequest, NegotiationStates.Verified)]
    public async Task A_negotiation_goes_on_when_the_peer_shows_that_it_has_taken_what_it_refuses(int status, string there)
    {
        Refuse("/agreement", status);
        space.States = _ => there;
        await connector.AgreeAsProviderAsync();
        Assert.Equal(NegotiationStates.Finalized, Assert.Single((await ListAsync<NegotiationView>(ManagementRoutes.Negotiations)).Items).State);
    }

    [Theory]
    [InlineData(NegotiationStates.Requested)]
    [InlineData(NegotiationStates.Terminated)]
    [InlineData(null)]
    public async Task A_negotiation_ends_when_the_peer_does_not_show_that(string? there)
    {
        Refuse("/agreement", StatusCodes.Status400BadRequest);
        space.States = _ => there;
        await connector.SendAsync(DspRoutes.NegotiationRequest, new ContractRequestMessage
        {
            ConsumerPid = "c1",
            CallbackAddress = space.Url + TestSpace.PeerPath,
            Offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"{{TestConnector.Product}}","permission":[{"action":"use"}]}"""),
        });
        var begun = Assert.Single((await ListAsync<NegotiationView>(ManagementRoutes.Negotiations)).Items);
        var ended = await connector.ManageAsync<NegotiationView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.NegotiationById, begun.Id));
        Assert.Equal(NegotiationStates.Terminated, ended.State);
        Assert.Contains("answered 400", Assert.Single(ended.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transfer_goes_on_when_the_peer_shows_that_it_has_taken_what_it_refuses()
    {
        var agreement = await connector.AgreeAsProviderAsync();
        Refuse("/transfers/", StatusCodes.Status400BadRequest);
        space.States = _ => TransferStates.Started;
        var (_, answer) = await connector.SendAsync(DspRoutes.TransferRequest, new TransferRequestMessage
        {
            ConsumerPid = "t1",
            AgreementId = agreement,
            Format = DspConstants.HttpPull,
            CallbackAddress = space.Url + TestSpace.PeerPath,
        });
        var pid = DspJson.Read<TransferProcess>(answer).ProviderPid;
        Assert.Equal(DspRoutes.TransferStart("t1"), (await space.NextAsync()).Path);
        await NothingWaitsAsync();
        Assert.Equal(TransferStates.Started, (await TransferAsync(pid)).State);

        space.States = _ => TransferStates.Suspended;
        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferSuspension, pid), new Termination { Reason = "maintenance" });
        Assert.Equal(DspRoutes.TransferSuspension("t1"), (await space.NextAsync()).Path);
        await NothingWaitsAsync();
        Assert.Equal(TransferStates.Suspended, (await TransferAsync(pid)).State);
    }

    private void Refuse(string part, int status) =>
        space.Answer = (path, _) => Task.FromResult(path.Contains(part, StringComparison.Ordinal) ? Results.StatusCode(status) : Results.Ok());

    // What was refused is settled, the one way or the other.
    private async Task NothingWaitsAsync() => Assert.True(await connector.Service<Database>().WaitUntilAsync(
        () => connector.Service<Hosting.Outbox.OutboxOverview>().Waiting("", 10).All(message => !message.Topic.StartsWith("transfer.", StringComparison.Ordinal)),
        Deadline.Limit,
        default));

    private Task<Protocol.Authority.Page<T>> ListAsync<T>(string route) => connector.ManageAsync<Protocol.Authority.Page<T>>(HttpMethod.Get, route);

    private Task<TransferView> TransferAsync(string id) => connector.ManageAsync<TransferView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.TransferById, id));
}
