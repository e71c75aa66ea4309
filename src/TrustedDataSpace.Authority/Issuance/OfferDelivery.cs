using System.Text;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>Brings an offer to a holder (DCP §6.6).</summary>
internal sealed class OfferDelivery(CredentialTypes types, CredentialObjects objects, HolderServices holders, ILogger<OfferDelivery> logger) : IOutboxHandler
{
    public const string TopicName = "credential.offer";

    public string Topic => TopicName;

    public static string Body(string holder, string type, string reason) => Encoding.UTF8.GetString(ProtocolJson.Write(new Offer(holder, type, reason)));

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var offer = ProtocolJson.Read<Offer>(Encoding.UTF8.GetBytes(message.Body));
        if (types.Find(offer.Type) is { } type)
        {
            await holders.SendAsync(Did.Parse(offer.Holder), DcpRoutes.Offers, DcpJson.Write(objects.Offer(type, offer.Reason)), accessToken: null, cancellation);
        }

        return null;
    }

    // An offer is a courtesy: whoever does not take it can ask all the same.
    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason) => logger.OfferNotTaken(message.Peer, reason.Message);

    private sealed record Offer(string Holder, string Type, string Reason);
}
