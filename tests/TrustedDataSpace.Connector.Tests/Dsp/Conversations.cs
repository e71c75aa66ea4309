using System.Net;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

/// <summary>What the scripted peer and the connector say to each other on the way to a contract.</summary>
internal static class Conversations
{
    /// <summary>A contract with the connector as provider; the id of the agreement.</summary>
    public static async Task<string> AgreeAsProviderAsync(this TestConnector connector)
    {
        var (_, answer) = await connector.SendAsync(DspRoutes.NegotiationRequest, new ContractRequestMessage
        {
            ConsumerPid = "c1",
            CallbackAddress = connector.Space.Url + TestSpace.PeerPath,
            Offer = PolicyDocument.Parse(
                $$"""{"@type":"Offer","@id":"{{connector.OfferId}}","target":"{{TestConnector.Product}}","permission":[{"action":"use"}]}"""),
        });
        var pid = DspJson.Read<ContractNegotiation>(answer).ProviderPid;
        var agreement = DspJson.Read<ContractAgreementMessage>((await connector.Space.NextAsync()).Message).Agreement;
        await connector.SendAsync(DspRoutes.NegotiationVerification(pid), new ContractAgreementVerificationMessage { ProviderPid = pid, ConsumerPid = "c1" });
        Assert.Equal(DspRoutes.NegotiationEvents("c1"), (await connector.Space.NextAsync()).Path);
        return agreement.Id;
    }

    /// <summary>The connector asks the peer for a contract; its request as it arrived.</summary>
    public static async Task<ContractRequestMessage> AskAsync(this TestConnector connector)
    {
        await connector.ManageAsync<NegotiationView>(
            HttpMethod.Post, ManagementRoutes.Negotiations, new NegotiationStart { Provider = TestSpace.Peer, DatasetId = "d1", OfferId = "offer:1" });
        var (path, message) = await connector.Space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationRequest, path);
        return DspJson.Read<ContractRequestMessage>(message);
    }

    /// <summary>The agreement that an honest provider makes of the request.</summary>
    public static ContractAgreementMessage Agreement(ContractRequestMessage asked, string id = "urn:uuid:agreement-1") => new()
    {
        ProviderPid = TestSpace.PeerPid,
        ConsumerPid = asked.ConsumerPid,
        Agreement = Connector.Negotiation.ContractTerms.Agree(
            asked.Offer, id, asked.Offer.Target!, TestSpace.Peer, TestSpace.Connector, new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero)),
    };

    /// <summary>A contract with the connector as consumer; the id of the agreement.</summary>
    public static async Task<string> AgreeAsConsumerAsync(this TestConnector connector)
    {
        var asked = await connector.AskAsync();
        var agreement = Agreement(asked);
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationAgreement(asked.ConsumerPid), agreement)).Status);
        Assert.Equal(DspRoutes.NegotiationVerification(TestSpace.PeerPid), (await connector.Space.NextAsync()).Path);
        Assert.Equal(HttpStatusCode.OK, (await connector.SendAsync(DspRoutes.NegotiationEvents(asked.ConsumerPid), Finalized(asked))).Status);
        return agreement.Agreement.Id;
    }

    public static ContractNegotiationEventMessage Finalized(ContractRequestMessage asked) =>
        new() { ProviderPid = TestSpace.PeerPid, ConsumerPid = asked.ConsumerPid, EventType = NegotiationStates.Finalized };
}
