using System.Security.Claims;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>What a caller of the management interface may do.</summary>
internal static partial class ManagementScopes
{
    /// <summary>The claim with one scope, or with several separated by spaces (RFC 8693 §4.2); there may be more than one.</summary>
    public const string Claim = "scope";

    /// <summary>The claim with who calls: unlike a subject, no holder of another kind of credential can be called the same.</summary>
    public const string CallerClaim = "tds_caller";

    /// <summary>The kind of a named token.</summary>
    public const string TokenKind = "token";

    /// <summary>The claim with the end of the credential, Unix seconds (RFC 7519 §4.1.4).</summary>
    public const string ExpiryClaim = "exp";

    /// <summary>All scopes, for the token of the settings. No scope of a name or of an issuer can be spelt like this.</summary>
    private const string Everything = "*";

    /// <summary>The scopes that end in <c>:read</c>, all of them. Spelt so by roles only.</summary>
    public const string ReadsAll = "*:read";

    /// <summary>The scopes that end in <c>:write</c>, all of them. Spelt so by roles only.</summary>
    public const string WritesAll = "*:write";

    /// <summary>Who has the management token.</summary>
    public static ClaimsIdentity Owner() => Identity("management", "owner", [Everything]);

    /// <summary>Whoever may do no more than these scopes say. What is not spelt like a scope is left out.</summary>
    /// <param name="name">The subject.</param>
    /// <param name="kind">The kind of credential.</param>
    /// <param name="scopes">What it may.</param>
    /// <param name="end">Until when.</param>
    /// <param name="ofRoles">Whether roles gave the scopes: then whole halves of the interface may be among them.</param>
    public static ClaimsIdentity Holder(string name, string kind, IEnumerable<string> scopes, DateTimeOffset? end = null, bool ofRoles = false)
    {
        var identity = Identity(name, kind, scopes.Where(scope => IsScope(scope) || (ofRoles && scope is ReadsAll or WritesAll)));
        if (end is { } at)
        {
            identity.AddClaim(new Claim(ExpiryClaim, at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        return identity;
    }

    /// <summary>Whether the caller has the scope. An endpoint without one is for the owner alone.</summary>
    public static bool Has(ClaimsPrincipal user, string? scope) =>
        user.HasClaim(Claim, Everything) || (scope is not null && (user.HasClaim(Claim, scope) || user.HasClaim(Claim, WholeOf(scope))));

    /// <summary>Whether that is a scope of a management interface, by its form.</summary>
    public static bool IsScope(string scope) => Form().IsMatch(scope);

    /// <summary>The half of the interface that a scope belongs to.</summary>
    public static string WholeOf(string scope) => scope.EndsWith(":read", StringComparison.Ordinal) ? ReadsAll : WritesAll;

    // The scheme, too, is named like this: no claim of a token can say who is a manager (see the authority's Caller).
    private static ClaimsIdentity Identity(string name, string kind, IEnumerable<string> scopes) =>
        new([new Claim("sub", name), new Claim(CallerClaim, $"{kind}:{name}"), .. scopes.Select(scope => new Claim(Claim, scope))], ServiceHost.ManagementPolicy);

    [GeneratedRegex(@"\A[a-z][a-z-]*:(?:read|write)\z")]
    private static partial Regex Form();
}
