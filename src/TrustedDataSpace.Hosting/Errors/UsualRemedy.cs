using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Errors;

/// <summary>What to do about a refusal that names no better remedy: an answer without one leaves its reader alone.</summary>
internal static class UsualRemedy
{
    public static string? Of(RefusalCode code) => code switch
    {
        RefusalCode.Malformed => "correct the place that is named, and send it again",
        RefusalCode.Unsupported => "leave it out, or ask for something that the documentation of this interface lists",
        RefusalCode.Unauthenticated => "get a new credential, and send it as it was issued",
        RefusalCode.Forbidden => "ask whoever it belongs to, or call as that one",
        RefusalCode.NotFound => "compare the id with the list of what there is; what belongs to others is not shown",
        RefusalCode.Conflict or RefusalCode.InvalidTransition or RefusalCode.PreconditionFailed => "ask how it stands now, and decide again",
        RefusalCode.LimitReached => "take away what is no longer needed, or have the limit raised",
        RefusalCode.TooLarge => "send or ask for less at once",
        RefusalCode.QuotaExhausted or RefusalCode.TooManyRequests or RefusalCode.Unavailable => "try again later",
        _ => null,
    };
}
