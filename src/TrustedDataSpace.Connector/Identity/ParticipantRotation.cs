using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// The participant's key is replaced: the authority is told by the present key before the next one signs, or nobody would accept it.
/// </summary>
internal sealed class ParticipantRotation(AuthorityClient authority, AgreementKeys agreement, OutboxQueue outbox, ConnectorSettings settings) : IRotationSteps
{
    public string KeyName => ParticipantKey.Name;

    public bool KeepsFirstKey => false;

    public Task AnnounceAsync(SigningKey present, SigningKey next, CancellationToken cancellation) =>
        authority.RegisterKeyAsync(present, next, cancellation);

    public void TakeOver(UnitOfWork unit, SigningKey next)
    {
        // Access tokens and data tokens that are under way stay good: their signatures are accepted for the overlap. So does what was
        // encrypted to the key that others encrypt to: whoever got hold of one of the two keys may have the other.
        agreement.Replace(unit);
    }

    public void Revoked(UnitOfWork unit, string kid) => outbox.Add(unit, KeyRevocation.TopicName, "authority:key:" + kid, kid, settings.Authority.Id);
}
