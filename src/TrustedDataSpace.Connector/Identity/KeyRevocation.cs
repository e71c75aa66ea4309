using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Tells the authority that a replaced key counts no more: the other participants take keys from its register.</summary>
internal sealed class KeyRevocation(AuthorityClient authority, ILogger<KeyRevocation> logger) : IOutboxHandler
{
    public const string TopicName = "key.revocation";

    public string Topic => TopicName;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        await authority.RevokeKeyAsync(message.Body, cancellation);
        return null;
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason) =>
        unit.OnCommitted(() => logger.KeyNotRevoked(message.Body, reason.Message));
}
