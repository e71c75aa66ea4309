using System.Net;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Transfer;

public sealed class ProviderTransferTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;
    private string agreement = "";

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        space.Filing = TestSpace.Receipt;
        connector = await TestConnector.StartAsync(space);
        agreement = await connector.AgreeAsProviderAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_transfer_starts_with_an_address_and_a_token_for_its_flow_alone()
    {
        var pid = await RequestAsync();
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferStart("t1"), path);
        var address = DspJson.Read<TransferStartMessage>(message).DataAddress!;
        Assert.EndsWith("/data/" + pid, address.Endpoint, StringComparison.Ordinal);
        Assert.Equal("DPoP", address.Property(DspConstants.AuthTypeProperty));
        Assert.Equal(TestSpace.Peer, connector.Service<DataTokens>().Verify(address.Property(DspConstants.AuthorizationProperty)!, pid).Consumer);
        Assert.Null(connector.Service<ProviderFlows>().Find(pid)!.End);
        Assert.Equal(["transfer.requested", "transfer.started"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task The_same_request_again_begins_nothing()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        Assert.Equal(pid, await RequestAsync());
        Assert.Equal(2, connector.EvidenceOf(pid).Count);
    }

    [Fact]
    public async Task A_denied_transfer_is_terminated_with_the_reason_and_opens_nothing()
    {
        connector.Allow = false;
        var pid = await RequestAsync();
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferTermination("t1"), path);
        Assert.Equal("constraint_not_met", DspJson.Read<TransferTerminationMessage>(message).Code);
        Assert.Null(connector.Service<ProviderFlows>().Find(pid));
        Assert.Equal(["transfer.requested", "decision.denied", "transfer.terminated"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task To_others_there_is_no_such_agreement_and_no_such_transfer()
    {
        var request = Request() with { CallbackAddress = space.Url + "/other/dsp/2025-1" };
        var (status, error) = await connector.SendAsync(DspRoutes.TransferRequest, request, TestSpace.Stranger);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("TransferError", DspJson.TypeOf(error));

        var pid = await RequestAsync();
        await space.NextAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await connector.GetAsync(DspRoutes.Transfer(pid), TestSpace.Stranger)).Status);
        var completion = new TransferCompletionMessage { ProviderPid = pid, ConsumerPid = "t1" };
        Assert.Equal(HttpStatusCode.NotFound, (await connector.SendAsync(DspRoutes.TransferCompletion(pid), completion, TestSpace.Stranger)).Status);
        Assert.Null(connector.Service<ProviderFlows>().Find(pid)!.End);
    }

    [Fact]
    public async Task Other_formats_and_callbacks_elsewhere_are_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(DspRoutes.TransferRequest, Request() with { Format = "HttpData-PUSH" })).Status);
        var push = new DataAddress { EndpointType = DspConstants.HttpEndpointType, Endpoint = "http://127.0.0.1/" };
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(DspRoutes.TransferRequest, Request() with { DataAddress = push })).Status);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await connector.SendAsync(DspRoutes.TransferRequest, Request() with { CallbackAddress = "https://elsewhere.example/dsp" })).Status);
    }

    [Theory]
    [InlineData("https://elsewhere.example/push/1", "secret", "bearer", "inference")]
    [InlineData("{url}/other/push/1", "secret", "bearer", "inference")]
    [InlineData("{url}/peer/push/1", null, "bearer", "inference")]
    [InlineData("{url}/peer/push/1", "a b", "bearer", "inference")]
    [InlineData("{url}/peer/push/1", "secret", "digest", "inference")]
    [InlineData("{url}/peer/push/1", "secret", "bearer", "two words")]
    [InlineData(null, "secret", "bearer", "inference")]
    public async Task A_push_goes_only_below_the_consumers_registered_endpoint_with_a_token_that_can_be_shown(string? endpoint, string? token, string authType, string purpose)
    {
        var address = Addresses.At(endpoint?.Replace("{url}", space.Url, StringComparison.Ordinal), token, authType, purpose);
        var (status, error) = await connector.SendAsync(DspRoutes.TransferRequest, Request() with { Format = DspConstants.HttpPush, DataAddress = address });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(("TransferError", "t1"), (DspJson.TypeOf(error), DspJson.Read<TransferError>(error).ConsumerPid));
    }

    [Fact]
    public async Task What_the_consumer_gave_for_a_push_is_sealed_and_goes_with_the_transfer()
    {
        var address = Addresses.At(space.Url + "/peer/push/1", "push-secret", "bearer", "inference");
        var (status, body) = await connector.SendAsync(DspRoutes.TransferRequest, Request() with { Format = DspConstants.HttpPush, DataAddress = address });
        Assert.Equal(HttpStatusCode.Created, status);
        var pid = DspJson.Read<TransferProcess>(body).ProviderPid;
        var push = connector.Service<Pushes>().Find(FlowRow.Provider, pid)!;
        Assert.Equal(("inference", "/push/1", "push-secret"), (push.Purpose, push.Address.Url, push.Address.Token));
        Assert.DoesNotContain("push-secret", push.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("push-secret", Stored("SELECT address FROM pushes"), StringComparison.Ordinal);
        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferTermination, pid), new Termination { Reason = "over" });
        Assert.Null(connector.Service<Pushes>().Find(FlowRow.Provider, pid));
    }

    [Fact]
    public async Task Before_a_consumer_starts_again_what_it_suspended_the_provider_decides_again()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        Assert.Equal(HttpStatusCode.OK, await SuspendAsync(pid));
        connector.Allow = false;
        var (status, error) = await connector.SendAsync(DspRoutes.TransferStart(pid), new TransferStartMessage { ProviderPid = pid, ConsumerPid = "t1" });
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("permission[0].constraint[0]", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(FlowEnd.Suspended, connector.Service<ProviderFlows>().Find(pid)!.End);
        Assert.Equal(["transfer.requested", "transfer.started", "transfer.suspended", "decision.denied"], connector.EvidenceOf(pid));
        connector.Allow = true;
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid));
        Assert.Null(connector.Service<ProviderFlows>().Find(pid)!.End);
    }

    [Fact]
    public async Task A_provider_that_starts_again_what_it_suspended_decides_again_and_gives_a_new_token()
    {
        var pid = await RequestAsync();
        var first = DspJson.Read<TransferStartMessage>((await space.NextAsync()).Message).DataAddress!;
        await connector.ManageAsync<TransferView>(HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.TransferSuspension, pid), new Termination { Reason = "not now", Code = "busy" });
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferSuspension("t1"), path);
        Assert.Equal("busy", DspJson.Read<TransferSuspensionMessage>(message).Code);
        Assert.Equal(HttpStatusCode.BadRequest, await StartAsync(pid));

        connector.Allow = false;
        var (status, problem) = await connector.StepAsync(ManagementRoutes.TransferStarting, pid);
        Assert.Equal((HttpStatusCode.Forbidden, "policy_refused"), (status, problem.GetProperty("code").GetString()));
        Assert.Equal(FlowEnd.Suspended, connector.Service<ProviderFlows>().Find(pid)!.End);
        connector.Allow = true;
        Assert.Equal(HttpStatusCode.OK, (await connector.StepAsync(ManagementRoutes.TransferStarting, pid)).Status);
        (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.TransferStart("t1"), path);
        var second = DspJson.Read<TransferStartMessage>(message).DataAddress!;
        Assert.NotEqual(first.Property(DspConstants.AuthorizationProperty), second.Property(DspConstants.AuthorizationProperty));
        Assert.Null(connector.Service<ProviderFlows>().Find(pid)!.End);
    }

    [Fact]
    public async Task The_consumer_suspends_resumes_and_completes_and_the_flow_follows()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        Assert.Equal(HttpStatusCode.OK, await SuspendAsync(pid));
        Assert.Equal(FlowEnd.Suspended, connector.Service<ProviderFlows>().Find(pid)!.End);
        Assert.Equal(HttpStatusCode.BadRequest, await CompleteAsync(pid));
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid));
        Assert.Null(connector.Service<ProviderFlows>().Find(pid)!.End);

        // The same words as before, but a new suspension: a message without an id is judged by the state.
        Assert.Equal(HttpStatusCode.OK, await SuspendAsync(pid));
        Assert.Equal(FlowEnd.Suspended, connector.Service<ProviderFlows>().Find(pid)!.End);
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid));
        Assert.Equal(HttpStatusCode.OK, await CompleteAsync(pid));
        Assert.Equal(HttpStatusCode.BadRequest, await StartAsync(pid));
        Assert.Equal(FlowEnd.Completed, connector.Service<ProviderFlows>().Find(pid)!.End);
    }

    [Fact]
    public async Task A_suspension_that_comes_late_a_second_time_does_not_suspend_again()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        Assert.Equal(HttpStatusCode.OK, await SuspendAsync(pid, "urn:uuid:m1"));
        Assert.Equal(HttpStatusCode.OK, await StartAsync(pid));
        Assert.Equal(HttpStatusCode.OK, await SuspendAsync(pid, "urn:uuid:m1"));
        Assert.Null(connector.Service<ProviderFlows>().Find(pid)!.End);
    }

    [Fact]
    public async Task The_provider_ends_a_transfer_and_the_consumer_is_told()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        var route = ManagementRoutes.For(ManagementRoutes.TransferTermination, pid);
        await connector.ManageAsync<TransferView>(HttpMethod.Post, route, new Termination { Reason = "maintenance" });
        Assert.Equal(FlowEnd.Terminated, connector.Service<ProviderFlows>().Find(pid)!.End);
        Assert.Equal(DspRoutes.TransferTermination("t1"), (await space.NextAsync()).Path);
    }

    private string Stored(string sql) => string.Join(' ', connector.Service<Database>().Read(connection => connection.Query<string>(sql).AsList()));

    private TransferRequestMessage Request() => new()
    {
        ConsumerPid = "t1",
        AgreementId = agreement,
        Format = DspConstants.HttpPull,
        CallbackAddress = space.Url + TestSpace.PeerPath + "/",
    };

    private async Task<string> RequestAsync()
    {
        var (status, body) = await connector.SendAsync(DspRoutes.TransferRequest, Request());
        Assert.Equal(HttpStatusCode.Created, status);
        return DspJson.Read<TransferProcess>(body).ProviderPid;
    }

    private async Task<HttpStatusCode> SuspendAsync(string pid, string? messageId = null) => (await connector.SendAsync(
        DspRoutes.TransferSuspension(pid), new TransferSuspensionMessage { ProviderPid = pid, ConsumerPid = "t1" }, messageId: messageId)).Status;

    private async Task<HttpStatusCode> StartAsync(string pid) =>
        (await connector.SendAsync(DspRoutes.TransferStart(pid), new TransferStartMessage { ProviderPid = pid, ConsumerPid = "t1" })).Status;

    private async Task<HttpStatusCode> CompleteAsync(string pid) =>
        (await connector.SendAsync(DspRoutes.TransferCompletion(pid), new TransferCompletionMessage { ProviderPid = pid, ConsumerPid = "t1" })).Status;
}
