using System.Net;
using System.Text.Json;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

/// <summary>Every state, message and role over HTTP (DSP §7.1.2, §8.2).</summary>
public sealed class NegotiationMatrixTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;
    private int negotiations;

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
    public async Task Each_message_in_each_state_is_taken_or_refused_with_both_process_ids_and_a_refusal_changes_nothing()
    {
        foreach (var (role, state, to) in from role in Enum.GetValues<DspRole>() from state in All from to in All select (role, state, to))
        {
            var before = await AddAsync(role, state);
            var cell = $"{role} {state} gets {to}";

            var (unknown, none) = await SendAsync(before, to, TestSpace.Stranger);
            Assert.True(unknown == HttpStatusCode.NotFound && DspJson.TypeOf(none) == "ContractNegotiationError", cell);
            Assert.Equal(before, Find(before));

            var (status, body) = await SendAsync(before, to, TestSpace.Peer);
            if (state == to || May(before.CounterpartyRole, state, to))
            {
                Assert.True(status == HttpStatusCode.OK, $"{cell}: {body}");
                Assert.Equal(to, DspJson.Read<ContractNegotiation>(body).State);
                Assert.Equal(to, Find(before).State);
            }
            else
            {
                Assert.True(status == HttpStatusCode.BadRequest, $"{cell}: {body}");
                var error = DspJson.Read<ContractNegotiationError>(body);
                Assert.Equal((before.ProviderPid, before.ConsumerPid, "invalid_transition"), (error.ProviderPid, error.ConsumerPid, error.Code));
                Assert.NotEmpty(error.Reason!);
                Assert.Equal(before, Find(before));
            }
        }
    }

    private NegotiationRecord Find(NegotiationRecord negotiation) => connector.Service<NegotiationStore>().Find(negotiation.Id)!;

    private async Task<NegotiationRecord> AddAsync(DspRole role, string state)
    {
        var number = ++negotiations;
        var record = new NegotiationRecord
        {
            Id = $"own-{number:0000}",
            Role = role,
            State = state,
            Counterparty = TestSpace.Peer,
            CounterpartyPid = $"peers-{number:0000}",
            CounterpartyPath = "/dsp/2025-1",
            DatasetId = "d1",
            Mode = NegotiationModes.Manual,
            Offer = """{"@type":"Offer","@id":"offer:1","target":"d1","permission":[{"action":"use"}]}""",
            Agreement = $$"""{"@type":"Agreement","@id":"urn:agreement:{{number}}","target":"d1","assigner":"did:web:a.example","assignee":"did:web:b.example","timestamp":"2026-05-12T00:00:00Z","permission":[{"action":"use"}]}""",
            Round = 1,
        };
        await connector.Service<Database>().WriteAsync(unit => NegotiationStore.Add(unit, record));
        return Find(record);
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(NegotiationRecord negotiation, string to, string sender)
    {
        var (id, provider, consumer) = (negotiation.Id, negotiation.ProviderPid, negotiation.ConsumerPid);
        return to switch
        {
            Requested => connector.SendAsync(
                DspRoutes.NegotiationCounterRequest(id), new ContractRequestMessage { ProviderPid = provider, ConsumerPid = consumer, Offer = negotiation.OfferDocument }, sender),
            Offered => connector.SendAsync(DspRoutes.NegotiationOffers(id), new ContractOfferMessage { ProviderPid = provider, ConsumerPid = consumer, Offer = negotiation.OfferDocument }, sender),
            Agreed => connector.SendAsync(
                DspRoutes.NegotiationAgreement(id), new ContractAgreementMessage { ProviderPid = provider, ConsumerPid = consumer, Agreement = negotiation.AgreementDocument }, sender),
            Verified => connector.SendAsync(DspRoutes.NegotiationVerification(id), new ContractAgreementVerificationMessage { ProviderPid = provider, ConsumerPid = consumer }, sender),
            Terminated => connector.SendAsync(DspRoutes.NegotiationTermination(id), new ContractNegotiationTerminationMessage { ProviderPid = provider, ConsumerPid = consumer }, sender),
            _ => connector.SendAsync(DspRoutes.NegotiationEvents(id), new ContractNegotiationEventMessage { ProviderPid = provider, ConsumerPid = consumer, EventType = to }, sender),
        };
    }
}
