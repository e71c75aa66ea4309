using System.Net;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

public sealed class ProviderNegotiationTests : IAsyncLifetime
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

    [Fact]
    public async Task A_request_is_answered_with_201_agreed_verified_and_finalized_in_this_order()
    {
        var pid = await RequestAsync();
        var (path, agreement) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationAgreement("c1"), path);
        var document = DspJson.Read<ContractAgreementMessage>(agreement).Agreement;
        Assert.Equal((TestSpace.Connector, TestSpace.Peer, TestConnector.Product), (document.Assigner, document.Assignee, document.Target));
        Assert.NotNull(document.Timestamp);

        var (status, _) = await VerifyAsync(pid);
        Assert.Equal(HttpStatusCode.OK, status);
        (path, var finalized) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationEvents("c1"), path);
        Assert.Equal(NegotiationStates.Finalized, DspJson.Read<ContractNegotiationEventMessage>(finalized).EventType);
        Assert.Equal(["negotiation.requested", "negotiation.agreed", "negotiation.verified", "negotiation.finalized"], connector.EvidenceOf(pid));

        var view = await connector.ManageAsync<AgreementView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.AgreementById, document.Id));
        Assert.True(view.Filed);
        Assert.Equal(document.Hash, view.Hash);
    }

    [Fact]
    public async Task The_same_request_again_has_the_same_answer_and_begins_nothing()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        Assert.Equal(pid, await RequestAsync());
        await VerifyAsync(pid);

        // The next message is the final event: no second agreement was sent.
        Assert.Equal(DspRoutes.NegotiationEvents("c1"), (await space.NextAsync()).Path);
    }

    [Fact]
    public async Task Another_request_under_the_same_consumer_pid_is_refused()
    {
        await RequestAsync();
        var (status, error) = await connector.SendAsync(DspRoutes.NegotiationRequest, Request() with
        {
            Offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"other","permission":[{"action":"use"}]}"""),
        });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("conflict", DspJson.Read<ContractNegotiationError>(error).Code);
    }

    [Fact]
    public async Task A_denied_request_is_terminated_with_the_reason_and_kept_as_evidence()
    {
        connector.Allow = false;
        var pid = await RequestAsync();
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationTermination("c1"), path);
        var termination = DspJson.Read<ContractNegotiationTerminationMessage>(message);
        Assert.Equal("constraint_not_met", termination.Code);
        Assert.Contains("be in region 44", termination.Reason![0].GetString(), StringComparison.Ordinal);
        Assert.Equal(["negotiation.requested", "decision.denied", "negotiation.terminated"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task Altered_terms_and_unknown_offers_are_refused()
    {
        var altered = Request() with
        {
            Offer = PolicyDocument.Parse(
                $$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"{{TestConnector.Product}}","permission":[{"action":"use"},{"action":"use"}]}"""),
        };
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(DspRoutes.NegotiationRequest, altered)).Status);
        var unknown = Request() with
        {
            Offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"offer:none:1","target":"{{TestConnector.Product}}","permission":[{"action":"use"}]}"""),
        };
        Assert.Equal(HttpStatusCode.NotFound, (await connector.SendAsync(DspRoutes.NegotiationRequest, unknown)).Status);
    }

    [Theory]
    [InlineData("https://elsewhere.example/dsp/2025-1")]
    [InlineData("{url}/peers/dsp/2025-1")]
    [InlineData("{url}/peer/../other")]
    [InlineData("{url}.elsewhere.example/peer")]
    [InlineData("not an address")]
    public async Task A_callback_outside_the_registered_endpoint_is_refused(string callback)
    {
        var request = Request() with { CallbackAddress = callback.Replace("{url}", space.Url, StringComparison.Ordinal) };
        var (status, error) = await connector.SendAsync(DspRoutes.NegotiationRequest, request);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("registered", DspJson.Read<ContractNegotiationError>(error).Reason![0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_is_told_that_there_is_no_such_negotiation()
    {
        var pid = await RequestAsync();
        Assert.Equal(HttpStatusCode.OK, (await connector.GetAsync(DspRoutes.Negotiation(pid))).Status);
        var (hidden, error) = await connector.GetAsync(DspRoutes.Negotiation(pid), TestSpace.Stranger);
        var (absent, same) = await connector.GetAsync(DspRoutes.Negotiation("none"), TestSpace.Stranger);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (hidden, absent));
        Assert.Equal(same.GetRawText(), error.GetRawText());

        var termination = new ContractNegotiationTerminationMessage { ProviderPid = pid, ConsumerPid = "c1" };
        Assert.Equal(HttpStatusCode.NotFound, (await connector.SendAsync(DspRoutes.NegotiationTermination(pid), termination, TestSpace.Stranger)).Status);
    }

    [Fact]
    public async Task Without_a_token_of_the_space_nothing_is_told()
    {
        var (status, error) = await connector.CallAsync(HttpMethod.Get, "/dsp/2025-1" + DspRoutes.Negotiation("any"), null, null);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("ContractNegotiationError", DspJson.TypeOf(error));
    }

    [Fact]
    public async Task A_message_that_does_not_fit_the_state_is_a_bad_request_and_changes_nothing()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        var accepted = new ContractNegotiationEventMessage { ProviderPid = pid, ConsumerPid = "c1", EventType = NegotiationStates.Accepted };
        var (status, error) = await connector.SendAsync(DspRoutes.NegotiationEvents(pid), accepted);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var document = DspJson.Read<ContractNegotiationError>(error);
        Assert.Equal((pid, "c1", "invalid_transition"), (document.ProviderPid, document.ConsumerPid, document.Code));
        Assert.Equal(NegotiationStates.Agreed, await StateAsync(pid));
    }

    [Fact]
    public async Task A_consumer_cannot_take_the_providers_steps()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        await VerifyAsync(pid);
        await space.NextAsync();
        var again = await connector.SendAsync(
            DspRoutes.NegotiationTermination(pid), new ContractNegotiationTerminationMessage { ProviderPid = pid, ConsumerPid = "c1" });
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
        Assert.Equal(NegotiationStates.Finalized, await StateAsync(pid));
    }

    [Fact]
    public async Task A_verification_that_comes_twice_counts_once()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        await VerifyAsync(pid, "urn:uuid:m1");
        await space.NextAsync();
        Assert.Equal(HttpStatusCode.OK, (await VerifyAsync(pid, "urn:uuid:m1")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await VerifyAsync(pid, "urn:uuid:m2")).Status);
        Assert.Equal(4, connector.EvidenceOf(pid).Count);
    }

    [Fact]
    public async Task Ids_of_another_process_are_refused()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        var wrong = new ContractAgreementVerificationMessage { ProviderPid = pid, ConsumerPid = "c2" };
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(DspRoutes.NegotiationVerification(pid), wrong)).Status);
        Assert.Equal(NegotiationStates.Agreed, await StateAsync(pid));
    }

    [Fact]
    public async Task A_connector_that_was_killed_after_its_answer_goes_on()
    {
        space.Answer = (_, _) => Task.FromResult(Results.StatusCode(503));
        var pid = await RequestAsync();
        await space.NextAsync();
        await connector.RestartAsync();
        space.Answer = (_, _) => Task.FromResult(Results.Ok());
        var (path, message) = await space.NextAsync();
        while (path != DspRoutes.NegotiationAgreement("c1"))
        {
            (path, message) = await space.NextAsync();
        }

        Assert.Equal(pid, message.GetProperty("providerPid").GetString());
        Assert.Equal(["negotiation.requested", "negotiation.agreed"], connector.EvidenceOf(pid));
    }

    [Fact]
    public async Task An_agreement_that_the_consumer_refuses_ends_the_negotiation()
    {
        space.Answer = (path, _) => Task.FromResult(path.EndsWith("/agreement", StringComparison.Ordinal) ? Results.StatusCode(400) : Results.Ok());
        var pid = await RequestAsync();
        var view = await connector.ManageAsync<NegotiationView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.NegotiationById, pid));
        Assert.Equal(NegotiationStates.Terminated, view.State);
        Assert.Contains("400", Assert.Single(view.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_participant_itself_may_end_a_negotiation_only_where_the_table_allows()
    {
        var pid = await RequestAsync();
        await space.NextAsync();
        var refused = await connector.Service<NegotiationSteps>().TerminateAsync(pid, new Termination { Reason = "no" }).Refused();
        Assert.Equal(Protocol.Errors.RefusalCode.InvalidTransition, refused.Code);
    }

    [Theory]
    [InlineData(NegotiationModes.Automatic)]
    [InlineData(NegotiationModes.Mixed)]
    public async Task What_a_new_version_has_replaced_is_not_agreed_to_without_a_person(string mode)
    {
        var products = connector.Service<ProductService>();
        var definition = new ProductDefinition
        {
            Id = "repriced",
            AssetId = "curves",
            Title = "Load curves",
            Policy = ProtocolJson.Parse("""{"permission":[{"action":"use"}]}"""u8),
            Negotiation = mode,
        };
        var asked = (await products.PublishAsync(definition)).OfferId;
        var offer = products.FindOffer(asked)!.Offer;
        var negotiation = new NegotiationRecord
        {
            Id = "n1",
            Role = DspRole.Provider,
            State = NegotiationStates.Requested,
            Round = 1,
            Counterparty = TestSpace.Peer,
            DatasetId = "repriced",
            Mode = mode,
            OwnTerms = offer.TermsHash,
            Offer = ContractTerms.ForMessage(offer, "repriced").ToString(),
        };
        var decisions = connector.Service<NegotiationDecision>();
        Assert.True((await decisions.DecideAsync(negotiation, TestContext.Current.CancellationToken)).Allow);

        await products.PublishAsync(definition with { Title = "Load curves at another price" });

        var refusal = await Assert.ThrowsAsync<RefusalException>(() => decisions.DecideAsync(negotiation, TestContext.Current.CancellationToken));
        Assert.Equal(RefusalCode.NotFound, refusal.Code);
    }

    private ContractRequestMessage Request() => new()
    {
        ConsumerPid = "c1",
        CallbackAddress = space.Url + TestSpace.PeerPath,
        Offer = PolicyDocument.Parse(
            $$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"{{TestConnector.Product}}","permission":[{"action":"use"}]}"""),
    };

    private async Task<string> RequestAsync()
    {
        var (status, body) = await connector.SendAsync(DspRoutes.NegotiationRequest, Request());
        Assert.Equal(HttpStatusCode.Created, status);
        return DspJson.Read<ContractNegotiation>(body).ProviderPid;
    }

    private Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> VerifyAsync(string pid, string? messageId = null) => connector.SendAsync(
        DspRoutes.NegotiationVerification(pid), new ContractAgreementVerificationMessage { ProviderPid = pid, ConsumerPid = "c1" }, messageId: messageId);

    private async Task<string> StateAsync(string pid) =>
        DspJson.Read<ContractNegotiation>((await connector.GetAsync(DspRoutes.Negotiation(pid))).Body).State;
}
