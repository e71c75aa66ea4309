using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>What a service does when its signing key is replaced, beyond what all services do (<see cref="KeyRotation"/>).</summary>
public interface IRotationSteps
{
    /// <summary>Name of the key in the <see cref="KeyStore"/>.</summary>
    string KeyName { get; }

    /// <summary>Whether the first key goes on signing something, so that its private part is kept.</summary>
    bool KeepsFirstKey { get; }

    /// <summary>Makes the next key known to those who will not look for it. May be called more than once.</summary>
    /// <exception cref="RefusalException">It is not known yet; tried again.</exception>
    Task AnnounceAsync(SigningKey present, SigningKey next, CancellationToken cancellation);

    /// <summary>The next key takes over in this unit of work.</summary>
    void TakeOver(UnitOfWork unit, SigningKey next);

    /// <summary>A replaced key counts no more: in this unit of work it is promised to tell those who will not look for it.</summary>
    void Revoked(UnitOfWork unit, string kid);
}
