using System.Net;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Transfer;

public sealed class ConsumerTransferTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;
    private string agreement = "";

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
        agreement = await connector.AgreeAsConsumerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_started_transfer_opens_the_flow_and_its_completion_closes_it()
    {
        var pid = await AskAsync();
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid, space.Url + "/peer/data/1"));
        var flow = connector.Service<ConsumerFlows>().FindOpen(agreement)!;
        Assert.Equal((TestSpace.PeerPid, space.Url + "/peer/data/1", "secret"), (flow.Id, flow.Endpoint, flow.Token));

        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferCompletion, pid));
        Assert.Equal(DspRoutes.TransferCompletion(TestSpace.PeerPid), (await space.NextAsync()).Path);
        Assert.Null(connector.Service<ConsumerFlows>().FindOpen(agreement));
        Assert.Equal(["transfer.requested", "transfer.started", "transfer.completed"], connector.EvidenceOf(pid));
    }

    [Theory]
    [InlineData("https://elsewhere.example/data/1")]
    [InlineData("{url}/other/data/1")]
    [InlineData("{url}/peer/%2e%2e/other")]
    public async Task Data_is_never_pulled_from_outside_the_providers_registered_endpoint(string endpoint)
    {
        var pid = await AskAsync();
        Assert.Equal(HttpStatusCode.BadRequest, await StartAsync(pid, endpoint.Replace("{url}", space.Url, StringComparison.Ordinal)));
        Assert.Null(connector.Service<ConsumerFlows>().FindOpen(agreement));
        Assert.Equal(["transfer.requested"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task Without_a_data_address_the_state_changes_and_no_flow_opens()
    {
        var pid = await AskAsync();
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid, null));
        Assert.Equal(["transfer.requested", "transfer.started"], connector.EvidenceOf(pid));
        Assert.Null(connector.Service<ConsumerFlows>().FindOpen(agreement));
    }

    [Fact]
    public async Task A_provider_that_takes_the_process_id_of_anothers_flow_cannot_close_it()
    {
        var flows = connector.Service<ConsumerFlows>();
        await connector.Service<Database>().WriteAsync(unit =>
        {
            TransferStore.Add(unit, new TransferRecord
            {
                Id = "transfer-of-another",
                Role = DspRole.Consumer,
                State = TransferStates.Started,
                Counterparty = TestSpace.Stranger,
                CounterpartyPid = TestSpace.PeerPid,
                AgreementId = "agreement-of-another",
                Format = DspConstants.HttpPull,
            });
            flows.Open(unit, TestSpace.PeerPid, "agreement-of-another", TestSpace.Stranger, space.Url + "/other/data/1", "secret");
        });
        var pid = await AskAsync();
        Assert.NotEqual(HttpStatusCode.OK, await StartAsync(pid, null));
        var termination = new TransferTerminationMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = pid, Reason = DspReasons.Of("over") };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.TransferTermination(pid), termination)).Status);
        Assert.NotNull(flows.FindOpen("agreement-of-another"));
    }

    [Fact]
    public async Task A_token_that_only_its_provider_can_read_is_used_as_it_is()
    {
        var pid = await AskAsync();
        await StartAsync(pid, space.Url + "/peer/data/1");
        var flow = connector.Service<ConsumerFlows>().FindOpen(agreement)!;
        Assert.Equal("secret", await connector.Service<TokenRenewal>().CurrentAsync(flow, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task When_the_flow_started_last_ends_an_earlier_one_serves_on()
    {
        var flows = connector.Service<ConsumerFlows>();
        var database = connector.Service<Database>();
        await database.WriteAsync(unit => flows.Open(unit, "flow-1", agreement, TestSpace.Peer, space.Url + "/peer/data/1", "one"));
        await database.WriteAsync(unit => flows.Open(unit, "flow-2", agreement, TestSpace.Peer, space.Url + "/peer/data/2", "two"));
        Assert.Equal("flow-2", flows.FindOpen(agreement)!.Id);
        await database.WriteAsync(unit => flows.Close(unit, "flow-2", FlowEnd.Completed, "done", byPeer: false));
        Assert.Equal("flow-1", flows.FindOpen(agreement)!.Id);
        await database.WriteAsync(unit => flows.Renew(unit, flows.FindOpen(agreement)!, "renewed"));
        Assert.Equal("renewed", flows.FindOpen(agreement)!.Token);
        await database.WriteAsync(unit => flows.Close(unit, "flow-1", FlowEnd.Completed, "done", byPeer: false));
        Assert.Null(flows.FindOpen(agreement));
    }

    [Fact]
    public async Task A_stop_of_ours_behind_that_of_the_provider_cuts_at_once_and_what_is_opened_again_is_not_cut()
    {
        var flows = connector.Service<ConsumerFlows>();
        var database = connector.Service<Database>();
        await OpenAsync();
        var first = flows.FindOpen(agreement)!.Stop;
        await CloseAsync(byPeer: true);
        Assert.Equal((true, false), (first.IsByPeer, first.Token.IsCancellationRequested));
        await OpenAsync();
        var second = flows.FindOpen(agreement)!.Stop;
        await CloseAsync(byPeer: true);
        await CloseAsync(byPeer: false);
        Assert.True(second.IsByUs);
        await OpenAsync();
        var third = flows.FindOpen(agreement)!.Stop;
        Assert.Equal((false, false, false), (third.HasStopped, third.IsByUs, first.Token.IsCancellationRequested));

        Task OpenAsync() => database.WriteAsync(unit => flows.Open(unit, "flow-1", agreement, TestSpace.Peer, space.Url + "/peer/data/1", "one"));

        Task CloseAsync(bool byPeer) => database.WriteAsync(unit => flows.Close(unit, "flow-1", FlowEnd.Suspended, "maintenance", byPeer));
    }

    [Fact]
    public async Task Steps_out_of_order_are_refused_and_change_nothing()
    {
        var pid = await AskAsync();
        var (status, error) = await connector.SendAsync(
            DspRoutes.TransferCompletion(pid), new TransferCompletionMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = pid });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal((TestSpace.PeerPid, pid), (DspJson.Read<TransferError>(error).ProviderPid, DspJson.Read<TransferError>(error).ConsumerPid));
        Assert.Equal(["transfer.requested"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task A_termination_by_the_provider_closes_the_flow_and_says_why()
    {
        var pid = await AskAsync();
        await StartAsync(pid, space.Url + "/peer/data/1");
        var open = connector.Service<ConsumerFlows>().FindOpen(agreement)!;
        var termination = new TransferTerminationMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = pid, Reason = DspReasons.Of("contract ended") };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.TransferTermination(pid), termination)).Status);
        Assert.Null(connector.Service<ConsumerFlows>().FindOpen(agreement));

        // What had left the provider may still arrive, and counts.
        Assert.Equal((true, false), (open.Stop.IsByPeer, open.Stop.Token.IsCancellationRequested));
        var view = await connector.ManageAsync<TransferView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.TransferById, pid));
        Assert.Equal((TransferStates.Terminated, "contract ended"), (view.State, Assert.Single(view.Reasons)));
    }

    [Fact]
    public async Task A_provider_that_answers_without_a_body_is_known_by_its_first_message()
    {
        space.AnswersWithoutBody = true;
        var pid = await AskAsync();
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid, space.Url + "/peer/data/1"));
        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferCompletion, pid));
        Assert.Equal(DspRoutes.TransferCompletion(TestSpace.PeerPid), (await space.NextAsync()).Path);
    }

    [Fact]
    public async Task A_transfer_that_the_consumer_starts_again_goes_on_with_the_address_that_it_had()
    {
        var pid = await AskAsync();
        await StartAsync(pid, space.Url + "/peer/data/1");
        var flows = connector.Service<ConsumerFlows>();
        var cut = flows.FindOpen(agreement)!.Stop.Token;
        await SuspendAsync(pid);
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferSuspension(TestSpace.PeerPid), path);
        var suspension = DspJson.Read<TransferSuspensionMessage>(message);
        Assert.Equal(("maintenance", "maintenance: back at noon"), (suspension.Code, Assert.Single(suspension.Reason!).GetString()));
        Assert.True(cut.IsCancellationRequested);
        Assert.Null(flows.FindOpen(agreement));

        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferStarting, pid));
        (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferStart(TestSpace.PeerPid), path);
        Assert.Null(DspJson.Read<TransferStartMessage>(message).DataAddress);
        var flow = flows.FindOpen(agreement)!;
        Assert.Equal((space.Url + "/peer/data/1", "secret", false), (flow.Endpoint, flow.Token, flow.Stop.Token.IsCancellationRequested));

        // What is open is open after a restart, too.
        await connector.RestartAsync();
        Assert.Equal("secret", connector.Service<ConsumerFlows>().FindOpen(agreement)!.Token);
    }

    [Fact]
    public async Task A_start_that_the_provider_refuses_leaves_the_transfer_suspended_with_its_reason()
    {
        var pid = await AskAsync();
        await StartAsync(pid, space.Url + "/peer/data/1");
        await SuspendAsync(pid);
        await space.NextAsync();
        space.Answer = (_, _) => Task.FromResult(Results.Json(new { reason = new[] { "the quota is used up" } }, statusCode: 403));
        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferStarting, pid));
        await space.NextAsync();
        var view = await connector.ManageAsync<TransferView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.TransferById, pid) + "?after=STARTED");
        Assert.Equal(("SUSPENDED", "CONSUMER", true), (view.State, view.SuspendedBy, view.Waiting));
        Assert.Contains("the quota is used up", Assert.Single(view.Reasons), StringComparison.Ordinal);
        Assert.Null(connector.Service<ConsumerFlows>().FindOpen(agreement));
    }

    [Fact]
    public async Task When_both_suspend_at_once_the_suspension_of_the_provider_counts()
    {
        var pid = await AskAsync();
        await StartAsync(pid, space.Url + "/peer/data/1");
        await SuspendAsync(pid);
        var crossed = new TransferSuspensionMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = pid, Reason = DspReasons.Of("maintenance") };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.TransferSuspension(pid), crossed)).Status);
        var view = await connector.ManageAsync<TransferView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.TransferById, pid));
        Assert.Equal(("SUSPENDED", "PROVIDER", false), (view.State, view.SuspendedBy, view.Waiting));
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid, space.Url + "/peer/data/2"));
        Assert.Equal(space.Url + "/peer/data/2", connector.Service<ConsumerFlows>().FindOpen(agreement)!.Endpoint);
    }

    [Fact]
    public async Task A_token_that_no_header_could_carry_is_refused()
    {
        var pid = await AskAsync();
        var start = new TransferStartMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = pid, DataAddress = Addresses.At(space.Url + "/peer/data/1", "a\r\nb: c") };
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(DspRoutes.TransferStart(pid), start)).Status);
        Assert.Equal(["transfer.requested"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task Only_known_agreements_and_formats_can_be_asked_for()
    {
        var service = connector.Service<TransferRequests>();
        Assert.Equal(RefusalCode.NotFound, (await service.StartAsync(new TransferStart { AgreementId = "none" }, default).Refused()).Code);
        Assert.Equal(RefusalCode.Unsupported, (await service.StartAsync(new TransferStart { AgreementId = agreement, Format = "Kafka" }, default).Refused()).Code);
    }

    private Task<TransferView> SuspendAsync(string pid) => connector.ManageAsync<TransferView>(
        HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferSuspension, pid), new Termination { Reason = "maintenance: back at noon" });

    private async Task<string> AskAsync()
    {
        var view = await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement });
        Assert.Equal(DspRoutes.TransferRequest, (await space.NextAsync()).Path);
        return view.Id;
    }

    private async Task<HttpStatusCode> StartAsync(string pid, string? endpoint) => (await connector.SendAsync(DspRoutes.TransferStart(pid), new TransferStartMessage
    {
        ProviderPid = TestSpace.PeerPid,
        ConsumerPid = pid,
        DataAddress = endpoint is null ? null : Addresses.At(endpoint, "secret"),
    })).Status;
}
