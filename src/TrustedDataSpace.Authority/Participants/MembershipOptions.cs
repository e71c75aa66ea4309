namespace TrustedDataSpace.Authority.Participants;

/// <summary>Who may ask to join, and for how long membership is credited.</summary>
public sealed record MembershipOptions
{
    /// <summary>Most applications that wait for the operator; further ones are refused until some are decided. Default 1,000.</summary>
    public int MaxPending { get; init; } = 1000;

    /// <summary>How long a membership credential is valid. Default 365 days.</summary>
    public TimeSpan CredentialLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>The value of <see cref="Admission"/> by which an application that the policies allow is an admission.</summary>
    public const string ByPolicy = "policy";

    /// <summary>The value of <see cref="Admission"/> by which a person decides on each application (or has, by an invite).</summary>
    public const string ByOperator = "operator";

    /// <summary>Who admits: <c>operator</c> (a person, after the policies) or <c>policy</c> (the policies alone). Default <c>operator</c>.</summary>
    public string Admission { get; init; } = ByOperator;

    /// <summary>Whether only organisations that have said who they are may join. Default false.</summary>
    public bool OrganisationRequired { get; init; }

    internal IEnumerable<string> Problems()
    {
        if (Admission is not (ByOperator or ByPolicy))
        {
            yield return "Membership:Admission must be operator or policy";
        }

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
