using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>What an invite must be like, and which applications it is for.</summary>
internal static class InviteRules
{
    private const int MaxName = 200;
    private const int MaxWord = 64;
    private const int MaxRoles = 16;
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(30);

    /// <summary>Refuses what does not fit; all reasons at once.</summary>
    public static void Check(InviteDefinition definition)
    {
        var reasons = Problems(definition).Select(problem => new RefusalReason("not_acceptable", problem.Term, $"{problem.Term} {problem.Rule}", Remedy: null)).ToList();
        if (reasons.Count > 0)
        {
            throw new RefusalException(RefusalCode.Malformed, "The invite is refused: " + string.Join("; ", reasons.Select(reason => reason.Message)) + ".")
            {
                Term = reasons[0].Term,
                Reasons = reasons,
            };
        }
    }

    /// <summary>Refuses an application that is not what the operator has promised to.</summary>
    public static void CheckFits(InviteRow invite, ParticipantRow applicant)
    {
        if (invite.Region is { } region && applicant.Region != region)
        {
            throw NotFor($"the region {region}", $"the region {applicant.Region}");
        }

        if (invite.RoleList is { } roles && !roles.ToHashSet().SetEquals(applicant.RoleList))
        {
            throw NotFor(Words(roles), Words(applicant.RoleList));
        }
    }

    private static IEnumerable<(string Term, string Rule)> Problems(InviteDefinition definition)
    {
        if (definition.Name.Trim().Length is 0 or > MaxName)
        {
            yield return ("name", $"has 1 to {MaxName} characters");
        }

        if (definition.Region is { Length: 0 or > MaxWord })
        {
            yield return ("region", $"has 1 to {MaxWord} characters");
        }

        if (definition.Roles is { } roles && (roles.Count > MaxRoles || roles.Any(role => role.Length is 0 or > MaxWord)))
        {
            yield return ("roles", $"are {MaxRoles} at most, with 1 to {MaxWord} characters each");
        }

        // Contracts decide by region: an applicant that nobody looks at must not choose its own.
        if (definition is { PreApproved: true, Region: null })
        {
            yield return ("region", "is required for a pre-approved invite");
        }

        if (definition.Lifetime is { } lifetime && (lifetime <= TimeSpan.Zero || lifetime > MaxLifetime))
        {
            yield return ("lifetime", $"is positive and at most {MaxLifetime.TotalDays:0} days");
        }
    }

    private static string Words(IReadOnlyList<string> roles) => roles.Count == 0 ? "no roles" : "the roles " + string.Join(", ", roles);

    private static RefusalException NotFor(string invited, string applied) =>
        new(RefusalCode.Forbidden, $"The invite is for {invited}; the application names {applied}.")
        {
            Term = InviteService.Term,
            Remedy = "Apply with what the invite says, or ask the operator for another one.",
        };
}
