using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>Delivers the messages of one topic. Called at least once for each message.</summary>
public interface IOutboxHandler
{
    /// <summary>The topic.</summary>
    string Topic { get; }

    /// <summary>
    /// Delivers the message; returns what to commit together with its removal, or null. A <see cref="RefusalException"/> with any
    /// code but <see cref="RefusalCode.Unavailable"/> is the receiver's final word (with <see cref="RefusalException.MayPass"/>: once it
    /// has been said for <see cref="OutboxOptions.NotFoundPatience"/>); every other failure is tried again.
    /// </summary>
    Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation);

    /// <summary>The message was refused for good, or could not be delivered in time: records that, with the reason.</summary>
    void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason);
}
