namespace TrustedDataSpace.Authority.Participants;

/// <summary>Who may ask to join, and for how long membership is credited.</summary>
public sealed record MembershipOptions
{
    /// <summary>Most applications that wait for the operator; further ones are refused until some are decided. Default 1,000.</summary>
    public int MaxPending { get; init; } = 1000;

    /// <summary>How long a membership credential is valid. Default 365 days.</summary>
    public TimeSpan CredentialLifetime { get; init; } = TimeSpan.FromDays(365);

    internal IEnumerable<string> Problems()
    {
        if (MaxPending < 1)
        {
            yield return "Membership:MaxPending must be at least 1";
        }

        if (CredentialLifetime < TimeSpan.FromDays(1))
        {
            yield return "Membership:CredentialLifetime must be at least 1.00:00:00 (one day)";
        }
    }
}
