using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>What an application to join must be like. Strangers send it: everything has a bound.</summary>
internal static class ApplicationRules
{
    private const int MaxName = 200;
    private const int MaxWord = 64;
    private const int MaxRoles = 16;
    private const int MaxEndpoint = 400;

    /// <summary>Refuses what does not fit; all reasons at once.</summary>
    public static void Check(ParticipantApplication application)
    {
        var reasons = new List<RefusalReason>();
        Require(reasons, application.Name.Trim().Length is > 0 and <= MaxName, "name", $"has 1 to {MaxName} characters");
        Require(reasons, application.Region.Length <= MaxWord, "region", $"has {MaxWord} characters at most");
        Require(reasons, application.Roles.Count <= MaxRoles, "roles", $"are {MaxRoles} at most");
        Require(reasons, application.Roles.All(role => role.Length is > 0 and <= MaxWord), "roles", $"have 1 to {MaxWord} characters each");
        Require(reasons, IsEndpoint(application.Endpoint), "endpoint", EndpointForm);

        // The name of a key is the only one that cannot be chosen: else two keys could answer to one name.
        Require(reasons, application.Key.Kid == PublicKey.FromJwk(application.Key).Thumbprint, "key.kid", "is the RFC 7638 thumbprint of the key");
        if (reasons.Count > 0)
        {
            throw new RefusalException(RefusalCode.Malformed, "The application is refused: " + string.Join("; ", reasons.Select(reason => reason.Message)) + ".")
            {
                Term = reasons[0].Term,
                Reasons = reasons,
            };
        }
    }

    /// <summary>Refuses an address that is no base URL of a connector.</summary>
    public static void CheckEndpoint(Uri endpoint)
    {
        if (!IsEndpoint(endpoint))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The endpoint {EndpointForm}.") { Term = "endpoint" };
        }
    }

    private static string EndpointForm => $"is an absolute https URL (http on loopback only) without user, query and fragment, {MaxEndpoint} characters at most";

    private static bool IsEndpoint(Uri url) =>
        url.IsAbsoluteUri
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0
        && url.AbsoluteUri.Length <= MaxEndpoint;

    private static void Require(List<RefusalReason> reasons, bool holds, string term, string rule)
    {
        if (!holds)
        {
            reasons.Add(new RefusalReason("not_acceptable", term, $"{term} {rule}", Remedy: null));
        }
    }
}
