using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>For whom tokens of people and machines are: one management interface each, that of the space or of one member.</summary>
internal sealed class Audiences(AuthoritySettings settings, ParticipantStore participants)
{
    /// <summary>The audience of the authority's own management interface.</summary>
    public string Own => OAuthRoutes.ManagementAudience(settings.Participant.Id);

    /// <summary>The audience; null when the participant is no active member now.</summary>
    /// <param name="participant">Null: the space.</param>
    public string? Of(string? participant) =>
        participant is null ? Own : participants.Find(participant)?.IsActive == true ? OAuthRoutes.ManagementAudience(participant) : null;
}
