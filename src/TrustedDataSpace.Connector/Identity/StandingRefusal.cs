using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>The authority's word on how a participant stands is missing, or too old.</summary>
internal static class StandingRefusal
{
    /// <summary>Code of the reason.</summary>
    public const string Code = "standing";

    /// <summary>The term that is not met.</summary>
    public const string Term = "subject.standing";

    /// <summary>What helps.</summary>
    public const string Remedy = "try again when the authority of the space answers";

    /// <summary>Nobody can tell now.</summary>
    /// <param name="message">Whose standing, and what is known of it.</param>
    /// <param name="failure">Why.</param>
    /// <param name="remedy">What helps, where that is known better.</param>
    public static RefusalException Of(string message, Exception? failure, string? remedy = null) => new(RefusalCode.Unavailable, message, failure)
    {
        Where = "authority",
        Term = Term,
        Remedy = remedy ?? Remedy,
        Reasons = [new RefusalReason(Code, Term, message, remedy ?? Remedy)],
    };
}
