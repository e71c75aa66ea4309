using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What the authority last said of a consumer, and when. Past <see cref="AuthorityOptions.MaxStaleness"/> that is not enough for any use.</summary>
internal sealed class ConsumerStanding(IPeerDirectory peers, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>Who asks; null: no participant in good standing any longer. Policy says so, and it becomes evidence like every other refusal.</summary>
    /// <exception cref="RefusalException">Unavailable: nobody can tell now.</exception>
    public async ValueTask<PeerRecord?> SubjectAsync(string consumer, CancellationToken cancellation)
    {
        try
        {
            return await peers.FindAsync(consumer, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code is RefusalCode.Forbidden or RefusalCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The moment of the last word on the agreement's consumer, where a term is about that; null: no term is, or nobody knows.</summary>
    public DateTimeOffset? At(AgreementTerms agreement) => agreement.LimitsStandingAge ? peers.StandingOf(agreement.Consumer) : null;

    /// <summary>The moment of the last word on a consumer; null: nobody knows.</summary>
    public DateTimeOffset? Of(string consumer) => peers.StandingOf(consumer);

    /// <summary>Whether a word of that moment is too old for a use now.</summary>
    public bool IsTooOld(DateTimeOffset word) => clock.GetUtcNow() - word >= settings.Authority.MaxStaleness;

    /// <summary>The denial of whatever rests on a word that is too old.</summary>
    public static PolicyDecision Denial(string consumer, DateTimeOffset word, string revision) => PolicyDecision.Denied(
        [new PolicyReason(StandingRefusal.Code, StandingRefusal.Term, $"{consumer} was a member at {word:u}, and nobody can tell whether it is one now", StandingRefusal.Remedy)], revision);
}
