using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>What is to be delivered to holders, in the unit of work that promises it.</summary>
internal sealed class DeliveryQueue(OutboxQueue outbox, Ids ids)
{
    /// <summary>The issuer's name for a new request.</summary>
    public string NewPid() => ids.Next();

    /// <summary>The answer to a request.</summary>
    public void Add(UnitOfWork unit, RequestRow request) =>
        outbox.Add(unit, CredentialDelivery.TopicName, "credential-request:" + request.IssuerPid, request.IssuerPid, request.Holder);

    /// <summary>An offer.</summary>
    public void AddOffer(UnitOfWork unit, string holder, string type, string reason) =>
        outbox.Add(unit, OfferDelivery.TopicName, "credential-offer:" + holder, OfferDelivery.Body(holder, type, reason), holder);

    /// <summary>An offer of what takes the place of what the holder has, if it was ever given anything.</summary>
    public void OfferAgain(UnitOfWork unit, string holder, string type)
    {
        if (RequestStore.WasAnswered(unit, holder))
        {
            AddOffer(unit, holder, type, "reissue");
        }
    }

    /// <summary>Another key signs from now on: holders get what they hold once more, signed by that one.</summary>
    public void AddAgain(UnitOfWork unit) => RequestStore.LastAnswered(unit).ForEach(request => Add(unit, request));
}
