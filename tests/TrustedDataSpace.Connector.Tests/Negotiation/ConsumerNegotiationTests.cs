using System.Net;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

public sealed class ConsumerNegotiationTests : IAsyncLifetime
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

    [Fact]
    public async Task The_agreement_that_was_asked_for_is_verified_and_kept_when_it_is_final()
    {
        var asked = await connector.AskAsync();
        Assert.Equal(("offer:1", "d1"), (asked.Offer.Id, asked.Offer.Target));
        Assert.StartsWith("http://127.0.0.1:", asked.CallbackAddress, StringComparison.Ordinal);

        var message = Conversations.Agreement(asked);
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), message)).Status);
        Assert.Equal(DspRoutes.NegotiationVerification(TestSpace.PeerPid), (await space.NextAsync()).Path);
        Assert.Null(connector.Service<AgreementService>().Find(message.Agreement.Id));

        await connector.SendAsync(DspRoutes.NegotiationEvents(asked.ConsumerPid), Conversations.Finalized(asked));
        var view = await ViewAsync(asked);
        Assert.Equal((NegotiationStates.Finalized, message.Agreement.Id), (view.State, view.AgreementId));
        var kept = connector.Service<AgreementService>().Find(message.Agreement.Id)!;
        Assert.Equal((message.Agreement.Hash, TestSpace.Peer, TestSpace.Connector), (kept.Hash, kept.Provider, kept.Consumer));
        Assert.Equal(
            ["negotiation.requested", "negotiation.agreed", "negotiation.verified", "negotiation.finalized"], connector.EvidenceOf(asked.ConsumerPid));
    }

    [Theory]
    [InlineData("\"permission\":", "\"prohibition\":[{\"action\":\"use\"}],\"permission\":")]
    [InlineData(TestSpace.Connector, TestSpace.Stranger)]
    [InlineData("\"d1\"", "\"d2\"")]
    public async Task An_altered_agreement_is_terminated(string original, string altered)
    {
        var asked = await connector.AskAsync();
        var honest = Conversations.Agreement(asked);
        var message = honest with { Agreement = PolicyDocument.Parse(honest.Agreement.ToString().Replace(original, altered, StringComparison.Ordinal)) };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), message)).Status);

        var (path, termination) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationTermination(TestSpace.PeerPid), path);
        Assert.Equal("agreement_altered", DspJson.Read<ContractNegotiationTerminationMessage>(termination).Code);
        Assert.Equal(NegotiationStates.Terminated, (await ViewAsync(asked)).State);
        Assert.Null(connector.Service<AgreementService>().Find(honest.Agreement.Id));
    }

    [Fact]
    public async Task An_agreement_under_the_id_of_another_is_terminated()
    {
        var taken = await connector.AgreeAsConsumerAsync();
        await connector.Service<NegotiationService>().StartAsync(Start(), CancellationToken.None);
        var asked = DspJson.Read<ContractRequestMessage>((await space.NextAsync()).Message);
        var message = Conversations.Agreement(asked, taken) with { ProviderPid = TestSpace.PeerPid + "-2" };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), message)).Status);
        Assert.Equal(DspRoutes.NegotiationTermination(message.ProviderPid), (await space.NextAsync()).Path);
        Assert.Contains("another agreement", Assert.Single((await ViewAsync(asked)).Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_gives_two_negotiations_one_process_id_ends_the_second()
    {
        space.DistinctPids = false;
        await connector.AskAsync();
        var second = await ViewAsync(await connector.AskAsync());
        Assert.Equal(NegotiationStates.Terminated, second.State);
        Assert.StartsWith("conflict", Assert.Single(second.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agreement_may_be_faster_than_the_answer_to_the_request()
    {
        space.Answer = async (path, message) =>
        {
            if (path == DspRoutes.NegotiationRequest)
            {
                var asked = DspJson.Read<ContractRequestMessage>(message);
                Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), Conversations.Agreement(asked))).Status);
            }

            return Results.Ok();
        };
        await connector.AskAsync();
        Assert.Equal(DspRoutes.NegotiationVerification(TestSpace.PeerPid), (await space.NextAsync()).Path);
    }

    [Fact]
    public async Task Messages_before_their_time_are_refused()
    {
        var asked = await connector.AskAsync();
        var (status, error) = await connector.SendAsync(DspRoutes.NegotiationEvents(asked.ConsumerPid), Conversations.Finalized(asked));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("ContractNegotiationError", DspJson.TypeOf(error));
        var verification = new ContractAgreementVerificationMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = asked.ConsumerPid };
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(DspRoutes.NegotiationVerification(asked.ConsumerPid), verification)).Status);
        Assert.Equal(["negotiation.requested"], connector.EvidenceOf(asked.ConsumerPid));
    }

    [Fact]
    public async Task Another_participant_cannot_agree_in_the_providers_place()
    {
        var asked = await connector.AskAsync();
        var (status, _) = await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), Conversations.Agreement(asked), TestSpace.Stranger);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal(["negotiation.requested"], connector.EvidenceOf(asked.ConsumerPid));
    }

    [Fact]
    public async Task A_second_agreement_is_refused_and_the_first_one_again_is_not()
    {
        var asked = await connector.AskAsync();
        var route = DspRoutes.NegotiationAgreement(asked.ConsumerPid);
        var message = Conversations.Agreement(asked);
        await connector.SendAsync(route, message, messageId: "urn:uuid:m1");
        await space.NextAsync();
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(route, message, messageId: "urn:uuid:m1")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await connector.SendAsync(route, Conversations.Agreement(asked, "urn:uuid:agreement-2"))).Status);
        Assert.Equal(3, connector.EvidenceOf(asked.ConsumerPid).Count);
    }

    [Fact]
    public async Task The_offer_that_was_asked_for_is_accepted_and_any_other_ends_it()
    {
        var asked = await connector.AskAsync();
        await OfferAsync(asked, asked.Offer);
        var (path, accepted) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationEvents(TestSpace.PeerPid), path);
        Assert.Equal(NegotiationStates.Accepted, DspJson.Read<ContractNegotiationEventMessage>(accepted).EventType);
    }

    [Fact]
    public async Task An_offer_with_other_terms_ends_the_negotiation()
    {
        var asked = await connector.AskAsync();
        await OfferAsync(asked, PolicyDocument.Parse(asked.Offer.ToString().Replace("\"permission\":", "\"tds:meter\":{\"unit\":\"request\"},\"permission\":", StringComparison.Ordinal)));
        Assert.Equal(DspRoutes.NegotiationTermination(TestSpace.PeerPid), (await space.NextAsync()).Path);
        Assert.StartsWith("offer_altered", Assert.Single((await ViewAsync(asked)).Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_offer_whose_terms_cannot_be_kept_is_refused_before_anything_is_asked_for()
    {
        space.Offer = """{"@type":"Offer","@id":"offer:1","permission":[{"action":"use","constraint":[{"leftOperand":"mood","operator":"eq","rightOperand":"good"}]}]}""";
        var refusal = await connector.Service<NegotiationService>().StartAsync(Start(), CancellationToken.None).Refused();
        Assert.Equal(RefusalCode.Unsupported, refusal.Code);
        Assert.Contains("constraint[0]", refusal.Term, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tds:meter", """{"unit":"page"}""")]
    [InlineData("tds:delivery", """{"format":"text/csv"}""")]
    [InlineData("tds:pricePlan", """{"id":"p","version":1,"tiers":[]}""")]
    [InlineData("https://w3id.org/trusted-data-space/ns/pricePlan", "{}")]
    public async Task An_offer_whose_count_delivery_or_price_cannot_be_read_is_refused_before_anything_is_asked_for(string term, string value)
    {
        space.Offer = $$"""{"@type":"Offer","@id":"offer:1","permission":[{"action":"use"}],"{{term}}":{{value}}}""";
        var refusal = await connector.Service<NegotiationService>().StartAsync(Start(), CancellationToken.None).Refused();
        Assert.True(refusal.Code is RefusalCode.Unsupported or RefusalCode.Malformed);
    }

    [Theory]
    [InlineData("tds:meter")]
    [InlineData("tds:delivery")]
    [InlineData("tds:pricePlan")]
    public async Task An_agreement_whose_count_delivery_or_price_cannot_be_read_is_terminated(string term)
    {
        var asked = await connector.AskAsync();
        var honest = Conversations.Agreement(asked);
        var message = honest with { Agreement = PolicyDocument.Parse(honest.Agreement.ToString().Replace("\"permission\":", $"\"{term}\":{{}},\"permission\":", StringComparison.Ordinal)) };
        await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), message);
        Assert.Equal(DspRoutes.NegotiationTermination(TestSpace.PeerPid), (await space.NextAsync()).Path);
        Assert.Contains((await ViewAsync(asked)).Reasons, reason => reason.StartsWith("agreement_unreadable", StringComparison.Ordinal));
        Assert.Null(connector.Service<AgreementService>().Find(honest.Agreement.Id));
    }

    [Fact]
    public async Task An_offer_that_is_not_made_is_not_found()
    {
        var refusal = await connector.Service<NegotiationService>().StartAsync(Start() with { OfferId = "offer:2" }, CancellationToken.None).Refused();
        Assert.Equal((RefusalCode.NotFound, "offerId"), (refusal.Code, refusal.Term));
    }

    [Fact]
    public async Task The_participant_ends_a_negotiation_and_the_provider_is_told()
    {
        var asked = await connector.AskAsync();
        var route = ManagementRoutes.For(ManagementRoutes.NegotiationTermination, asked.ConsumerPid);
        await connector.ManageAsync<NegotiationView>(HttpMethod.Post, route, new Termination { Reason = "found a better one" });
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationTermination(TestSpace.PeerPid), path);
        Assert.Equal("found a better one", DspJson.Read<ContractNegotiationTerminationMessage>(message).Reason![0].GetString());

        // Both sides may end it at the same time: the same end is no conflict.
        var crossing = new ContractNegotiationTerminationMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = asked.ConsumerPid };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationTermination(asked.ConsumerPid), crossing)).Status);
        Assert.Equal(["negotiation.requested", "negotiation.terminated"], connector.EvidenceOf(asked.ConsumerPid));
    }

    private static NegotiationStart Start() => new() { Provider = TestSpace.Peer, DatasetId = "d1", OfferId = "offer:1" };

    private async Task OfferAsync(ContractRequestMessage asked, PolicyDocument offer)
    {
        var message = new ContractOfferMessage { ProviderPid = TestSpace.PeerPid, ConsumerPid = asked.ConsumerPid, Offer = offer };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationOffers(asked.ConsumerPid), message)).Status);
    }

    private Task<NegotiationView> ViewAsync(ContractRequestMessage asked) =>
        connector.ManageAsync<NegotiationView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.NegotiationById, asked.ConsumerPid));
}
