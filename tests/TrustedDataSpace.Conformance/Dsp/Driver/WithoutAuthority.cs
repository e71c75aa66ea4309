using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>There is no authority to file agreements at: they count as filed.</summary>
internal sealed class FiledAtOnce(AgreementService agreements, TransferQueue transfers) : IOutboxHandler
{
    public string Topic => AgreementService.FilingTopic;

    public Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation) => Task.FromResult<Action<UnitOfWork>?>(unit =>
    {
        agreements.RecordFiling(unit, message.Body, refusal: null);
        transfers.AdvanceWaiting(unit, message.Body);
    });

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        // Nothing here refuses.
    }
}

/// <summary>There is no catalog of the space.</summary>
internal sealed class NotRegistered : IOutboxHandler
{
    public string Topic => ProductRegistrar.TopicName;

    public Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation) => Task.FromResult<Action<UnitOfWork>?>(null);

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        // Nothing here refuses.
    }
}
