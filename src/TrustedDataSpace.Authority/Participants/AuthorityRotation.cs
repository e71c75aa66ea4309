using TrustedDataSpace.Authority.Issuance;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>
/// The authority's key is replaced: members' credentials are issued again, because the old key's signature on them will not be accepted
/// for as long as they live. Tokens are short, and the bundle is signed again when it is next asked for. The checkpoints of the log
/// stay with the first key: auditors have pinned it, and a log that could change its key could be replaced as a whole.
/// </summary>
internal sealed class AuthorityRotation(CredentialIssuer credentials, DeliveryQueue deliveries) : IRotationSteps
{
    public string KeyName => AuthorityKey.Name;

    public bool KeepsFirstKey => true;

    // Whoever verifies fetches the published keys by himself.
    public Task AnnounceAsync(SigningKey present, SigningKey next, CancellationToken cancellation) => Task.CompletedTask;

    public void TakeOver(UnitOfWork unit, SigningKey next)
    {
        foreach (var member in ParticipantStore.Active(unit))
        {
            credentials.SignAgain(unit, member, next);
        }

        deliveries.AddAgain(unit);
    }

    // As above: members fetch the published keys when a signature is by one that they do not know, and after a while in any case.
    public void Revoked(UnitOfWork unit, string kid)
    {
    }
}
