using System.Net;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

/// <summary>Negotiations whose steps a person or a program takes, against a scripted counterparty.</summary>
public sealed class ManualNegotiationTests : IAsyncLifetime
{
    private const string Terms = """{"permission":[{"action":"use","constraint":[{"leftOperand":"purpose","operator":"eq","rightOperand":"training"}]}]}""";

    private const string Prohibited = """
        "prohibition":[{"action":"use","constraint":[{"leftOperand":"purpose","operator":"eq","rightOperand":"training"}]}],
        """;

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
    public async Task A_consumer_counters_an_offer_accepts_the_next_and_verifies_the_agreement()
    {
        var asked = await AskAsync(NegotiationModes.Manual);
        await OfferAsync(asked, Altered(asked.Offer));
        Assert.Equal((Offered, true), await StateAsync(asked));

        await StepAsync(ManagementRoutes.NegotiationRequest, asked, new NegotiationTerms { Offer = ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(Terms)) });
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationCounterRequest(TestSpace.PeerPid), path);
        var counter = DspJson.Read<ContractRequestMessage>(message);
        Assert.Equal((TestSpace.PeerPid, null, "d1"), (counter.ProviderPid, counter.CallbackAddress, counter.Offer.Target));
        Assert.Equal((Requested, false), await StateAsync(asked));

        await OfferAsync(asked, counter.Offer);
        await StepAsync(ManagementRoutes.NegotiationAcceptance, asked);
        (path, message) = await space.NextAsync();
        Assert.Equal((DspRoutes.NegotiationEvents(TestSpace.PeerPid), Accepted), (path, DspJson.Read<ContractNegotiationEventMessage>(message).EventType));

        var agreement = Conversations.Agreement(asked with { Offer = counter.Offer });
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), agreement)).Status);
        Assert.Equal((Agreed, true), await StateAsync(asked));
        await StepAsync(ManagementRoutes.NegotiationVerification, asked);
        (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationVerification(TestSpace.PeerPid), path);
        AgreementSignature.Verify(
            DspJson.Read<ContractAgreementVerificationMessage>(message).Signature!, agreement.Agreement, [connector.Service<Connector.Identity.ParticipantKey>().Signing.Public]);

        var rounds = await connector.ManageAsync<Page<NegotiationRound>>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.NegotiationRounds, asked.ConsumerPid));
        Assert.Equal(
            [("CONSUMER", Requested), ("PROVIDER", Offered), ("CONSUMER", Requested), ("PROVIDER", Offered), ("PROVIDER", Agreed)],
            rounds.Items.Select(round => (round.By, round.State)));
        Assert.Empty(rounds.Items[0].Changes);
        Assert.Equal("/prohibition", Assert.Single(rounds.Items[1].Changes).Path);
        Assert.Equal(["/permission/0/constraint", "/prohibition"], rounds.Items[2].Changes.Select(change => change.Path));
        Assert.Empty(rounds.Items[3].Changes);
        Assert.Empty(rounds.Items[4].Changes);
        Assert.Equal(agreement.Agreement.Hash, rounds.Items[4].Hash);
    }

    [Fact]
    public async Task Nobody_verifies_an_agreement_that_is_not_what_is_on_the_table()
    {
        var asked = await AskAsync(NegotiationModes.Manual);
        var honest = Conversations.Agreement(asked);
        await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), honest with { Agreement = Altered(honest.Agreement) });
        var refusal = await connector.Service<NegotiationSteps>().VerifyAsync(asked.ConsumerPid, CancellationToken.None).Refused();
        Assert.Equal(RefusalCode.Conflict, refusal.Code);
        Assert.Contains("agreement_altered", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((Agreed, true), await StateAsync(asked));

        await connector.ManageAsync<NegotiationView>(
            HttpMethod.Post, ManagementRoutes.For(ManagementRoutes.NegotiationTermination, asked.ConsumerPid), new Termination { Reason = "not what I asked for", Code = "altered" });
        var termination = DspJson.Read<ContractNegotiationTerminationMessage>((await space.NextAsync()).Message);
        Assert.Equal(("altered", "not what I asked for"), (termination.Code, termination.Reason![0].GetString()));
    }

    [Fact]
    public async Task An_agreement_with_a_signature_that_is_not_the_providers_is_terminated()
    {
        var asked = await AskAsync(NegotiationModes.Automatic);
        using var stranger = Protocol.Identity.SigningKey.Generate();
        var honest = Conversations.Agreement(asked);
        await connector.SendAsync(
            DspRoutes.NegotiationAgreement(asked.ConsumerPid), honest with { Signature = AgreementSignature.Sign(honest.Agreement, stranger) });
        Assert.Equal("signature_invalid", DspJson.Read<ContractNegotiationTerminationMessage>((await space.NextAsync()).Message).Code);
        Assert.Null(connector.Service<AgreementService>().Find(honest.Agreement.Id));
    }

    [Fact]
    public async Task The_providers_signature_over_another_document_is_terminated_and_over_this_one_kept()
    {
        var asked = await AskAsync(NegotiationModes.Automatic);
        var honest = Conversations.Agreement(asked);
        await connector.SendAsync(
            DspRoutes.NegotiationAgreement(asked.ConsumerPid), honest with { Signature = space.Sign(Altered(honest.Agreement)) });
        Assert.Equal("signature_invalid", DspJson.Read<ContractNegotiationTerminationMessage>((await space.NextAsync()).Message).Code);

        asked = await AskAsync(NegotiationModes.Automatic);
        honest = Conversations.Agreement(asked, "urn:uuid:agreement-2") with { ProviderPid = TestSpace.PeerPid + "-2" };
        var signed = honest with { Signature = space.Sign(honest.Agreement) };
        await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), signed);
        Assert.Equal(DspRoutes.NegotiationVerification(signed.ProviderPid), (await space.NextAsync()).Path);
        await connector.SendAsync(
            DspRoutes.NegotiationEvents(asked.ConsumerPid), Conversations.Finalized(asked) with { ProviderPid = signed.ProviderPid });
        var view = await connector.ManageAsync<AgreementView>(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.AgreementById, honest.Agreement.Id));
        Assert.Equal(["PROVIDER", "CONSUMER"], view.Signatures.Select(signature => signature.By));
        Assert.Equal(signed.Signature, view.Signatures[0].Jws);
    }

    [Fact]
    public async Task In_mixed_mode_what_was_asked_for_is_accepted_and_other_terms_wait_for_a_person()
    {
        var asked = await AskAsync(NegotiationModes.Mixed);
        await OfferAsync(asked, asked.Offer);
        Assert.Equal(DspRoutes.NegotiationEvents(TestSpace.PeerPid), (await space.NextAsync()).Path);

        var other = await AskAsync(NegotiationModes.Mixed);
        await OfferAsync(other, Altered(other.Offer), TestSpace.PeerPid + "-2");
        Assert.Equal((Offered, true), await StateAsync(other));
    }

    [Fact]
    public async Task An_offer_that_nobody_asked_for_waits_and_comes_to_a_contract_when_it_is_accepted()
    {
        var offer = UnaskedOffer();
        var (status, answer) = await connector.SendAsync(DspRoutes.NegotiationOffer, offer);
        Assert.Equal(HttpStatusCode.Created, status);
        var begun = DspJson.Read<ContractNegotiation>(answer);
        Assert.Equal(("p1", Offered), (begun.ProviderPid, begun.State));
        Assert.Equal(begun.ConsumerPid, DspJson.Read<ContractNegotiation>((await connector.SendAsync(DspRoutes.NegotiationOffer, offer)).Body).ConsumerPid);

        var asked = new ContractRequestMessage { ConsumerPid = begun.ConsumerPid, Offer = offer.Offer, ProviderPid = "p1" };
        Assert.Equal((Offered, true), await StateAsync(asked));
        await StepAsync(ManagementRoutes.NegotiationAcceptance, asked);
        Assert.Equal(DspRoutes.NegotiationEvents("p1"), (await space.NextAsync()).Path);
        await connector.SendAsync(DspRoutes.NegotiationAgreement(begun.ConsumerPid), Conversations.Agreement(asked) with { ProviderPid = "p1" });
        await StepAsync(ManagementRoutes.NegotiationVerification, asked);
        Assert.Equal(DspRoutes.NegotiationVerification("p1"), (await space.NextAsync()).Path);
    }

    [Fact]
    public async Task Another_offer_under_the_same_provider_pid_and_one_that_cannot_be_read_are_refused()
    {
        var offer = UnaskedOffer();
        await connector.SendAsync(DspRoutes.NegotiationOffer, offer);
        var (status, error) = await connector.SendAsync(DspRoutes.NegotiationOffer, offer with { Offer = Altered(offer.Offer) });
        Assert.Equal((HttpStatusCode.BadRequest, "conflict"), (status, DspJson.Read<ContractNegotiationError>(error).Code));

        var unreadable = offer with { ProviderPid = "p2", Offer = PolicyDocument.Parse(offer.Offer.ToString().Replace("\"use\"", "\"resell\"", StringComparison.Ordinal)) };
        (status, error) = await connector.SendAsync(DspRoutes.NegotiationOffer, unreadable);
        Assert.Equal((HttpStatusCode.BadRequest, "unsupported"), (status, DspJson.Read<ContractNegotiationError>(error).Code));
    }

    [Fact]
    public async Task A_provider_that_floods_with_offers_is_refused()
    {
        var offer = UnaskedOffer();
        for (var i = 0; i < NegotiationReceiver.MostUnanswered; i++)
        {
            Assert.Equal(HttpStatusCode.Created, (await connector.SendAsync(DspRoutes.NegotiationOffer, offer with { ProviderPid = $"p{i}" })).Status);
        }

        var (status, error) = await connector.SendAsync(DspRoutes.NegotiationOffer, offer with { ProviderPid = "one-more" });
        Assert.Equal((HttpStatusCode.BadRequest, "conflict"), (status, DspJson.Read<ContractNegotiationError>(error).Code));
        Assert.Equal(HttpStatusCode.Created, (await connector.SendAsync(DspRoutes.NegotiationOffer, offer with { CallbackAddress = space.Url + "/other" }, TestSpace.Stranger)).Status);
    }

    [Fact]
    public async Task The_steps_of_the_other_role_are_refused()
    {
        var asked = await AskAsync(NegotiationModes.Manual);
        var steps = connector.Service<NegotiationSteps>();
        Assert.Equal(RefusalCode.InvalidTransition, (await steps.AgreeAsync(asked.ConsumerPid, CancellationToken.None).Refused()).Code);
        Assert.Equal(RefusalCode.InvalidTransition, (await steps.FinalizeAsync(asked.ConsumerPid).Refused()).Code);
        Assert.Equal(RefusalCode.InvalidTransition, (await steps.AcceptAsync(asked.ConsumerPid).Refused()).Code);
        Assert.Equal(RefusalCode.NotFound, (await steps.AcceptAsync("none").Refused()).Code);
    }

    [Fact]
    public async Task Terms_that_this_side_cannot_keep_are_not_proposed()
    {
        var asked = await AskAsync(NegotiationModes.Manual);
        await OfferAsync(asked, asked.Offer);
        var resell = ProtocolJson.Parse("""{"permission":[{"action":"resell"}]}"""u8);
        var refusal = await connector.Service<NegotiationSteps>().ProposeAsync(asked.ConsumerPid, DspRole.Consumer, resell).Refused();
        Assert.Equal(RefusalCode.Unsupported, refusal.Code);
        Assert.Equal((Offered, true), await StateAsync(asked));
    }

    private ContractOfferMessage UnaskedOffer() => new()
    {
        ProviderPid = "p1",
        CallbackAddress = space.Url + TestSpace.PeerPath,
        Offer = PolicyDocument.Parse("""{"@type":"Offer","@id":"offer:9","target":"d9","permission":[{"action":"use"}]}"""),
    };

    private static PolicyDocument Altered(PolicyDocument policy) => PolicyDocument.Parse(policy.ToString().Replace(
        "\"permission\":", Prohibited + "\"permission\":", StringComparison.Ordinal));

    private async Task<ContractRequestMessage> AskAsync(string mode)
    {
        await connector.ManageAsync<NegotiationView>(
            HttpMethod.Post,
            ManagementRoutes.Negotiations,
            new NegotiationStart { Provider = TestSpace.Peer, DatasetId = "d1", OfferId = "offer:1", Mode = mode });
        return DspJson.Read<ContractRequestMessage>((await space.NextAsync()).Message);
    }

    private async Task OfferAsync(ContractRequestMessage asked, PolicyDocument offer, string providerPid = TestSpace.PeerPid)
    {
        var message = new ContractOfferMessage { ProviderPid = providerPid, ConsumerPid = asked.ConsumerPid, Offer = offer };
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationOffers(asked.ConsumerPid), message)).Status);
    }

    private Task<NegotiationView> StepAsync(string route, ContractRequestMessage asked, object? body = null) =>
        connector.ManageAsync<NegotiationView>(HttpMethod.Post, ManagementRoutes.For(route, asked.ConsumerPid), body);

    private async Task<(string State, bool Waiting)> StateAsync(ContractRequestMessage asked)
    {
        var view = await connector.Service<NegotiationService>().GetAsync(asked.ConsumerPid, null, TimeSpan.Zero, CancellationToken.None);
        return (view.State, view.Waiting);
    }
}
