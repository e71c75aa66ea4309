using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identifiers;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>What an application to join must be like. Strangers send it: everything has a bound.</summary>
internal static class ApplicationRules
{
    private const int MaxName = 200;
    private const int MaxWord = 64;
    private const int MaxRoles = 16;
    private const int MaxEndpoint = 400;
    private const int MaxPhone = 40;
    private const int MaxPerson = 100;

    /// <summary>Refuses what does not fit; all reasons at once.</summary>
    public static void Check(ParticipantApplication application)
    {
        var reasons = new List<RefusalReason>();
        Require(reasons, application.Name.Trim().Length is > 0 and <= MaxName, "name", $"has 1 to {MaxName} characters");
        Require(reasons, application.Region.Length <= MaxWord, "region", $"has {MaxWord} characters at most");
        Require(reasons, application.Roles.Count <= MaxRoles, "roles", $"are {MaxRoles} at most");
        Require(reasons, application.Roles.All(role => role.Length is > 0 and <= MaxWord), "roles", $"have 1 to {MaxWord} characters each");
        Require(reasons, IsEndpoint(application.Endpoint), "endpoint", EndpointForm);
        Check(reasons, application.Organisation);

        // The name of a key is the only one that cannot be chosen: else two keys could answer to one name.
        Require(reasons, application.Key.Kid == PublicKey.FromJwk(application.Key).Thumbprint, "key.kid", "is the RFC 7638 thumbprint of the key");
        Throw(reasons, "The application is refused: ");
    }

    /// <summary>Refuses data of an organisation that do not fit; all reasons at once.</summary>
    public static void CheckOrganisation(Organisation organisation)
    {
        var reasons = new List<RefusalReason>();
        Check(reasons, organisation);
        Throw(reasons, "The organisation's data are refused: ");
    }

    /// <summary>Refuses an address that is no base URL of a connector.</summary>
    public static void CheckEndpoint(Uri endpoint)
    {
        if (!IsEndpoint(endpoint))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The endpoint {EndpointForm}.") { Term = "endpoint" };
        }
    }

    private static void Check(List<RefusalReason> reasons, Organisation? organisation)
    {
        if (organisation is null)
        {
            return;
        }

        const string At = "organisation.";
        Require(reasons, organisation.LegalName.Trim().Length is > 0 and <= MaxName, At + "legalName", $"has 1 to {MaxName} characters");
        Require(reasons, organisation.CreditCode is null || CreditCode.IsValid(organisation.CreditCode), At + "creditCode", "is a unified social credit code: 18 characters, the last of which checks the others (GB 32100)");
        Require(
            reasons,
            organisation.ConnectorCode is null || (NationalIdentifier.TryParse(organisation.ConnectorCode, out var code) && code.Kind == NationalIdentifierKind.Connector && code.Subject == organisation.CreditCode),
            At + "connectorCode",
            "is a connector's identifier of NDI-TR-2025-04 whose subject is the credit code and whose check character is right");
        var (email, phone) = (organisation.Contact.Email, organisation.Contact.Phone);
        Require(reasons, email is not null || phone is not null, At + "contact", "has an email or a phone");
        Require(reasons, email is null || (email.Length <= MaxName && email.AsSpan().Count('@') == 1 && email[0] != '@' && email[^1] != '@' && !email.Any(char.IsWhiteSpace)), At + "contact.email", $"is a mail address of {MaxName} characters at most");
        Require(reasons, phone is null || (phone.Length is > 2 and <= MaxPhone && phone.All(character => char.IsAsciiDigit(character) || character is '+' or '-' or ' ' or '(' or ')')), At + "contact.phone", $"has up to {MaxPhone} digits, spaces and + - ( )");
        Require(reasons, organisation.Responsible.Name.Trim().Length is > 0 and <= MaxPerson, At + "responsible.name", $"has 1 to {MaxPerson} characters");
        Require(reasons, organisation.Responsible.Authorisation.Trim().Length is > 0 and <= MaxName, At + "responsible.authorisation", $"has 1 to {MaxName} characters");
    }

    private static void Throw(List<RefusalReason> reasons, string opening)
    {
        if (reasons.Count > 0)
        {
            throw new RefusalException(RefusalCode.Malformed, opening + string.Join("; ", reasons.Select(reason => reason.Message)) + ".") { Term = reasons[0].Term, Reasons = reasons };
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
