using System.Security.Claims;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>What roles open at a management interface. A role or an area that stands in no row here opens nothing.</summary>
public static class ManagementRoles
{
    private static readonly Dictionary<string, string[]> Scopes = new(StringComparer.Ordinal)
    {
        [AccountRoles.Operator] = [ManagementScopes.ReadsAll, ManagementScopes.WritesAll],
        [AccountRoles.Auditor] = [ManagementScopes.ReadsAll],
        [AccountRoles.Provider] =
        [
            .. Both("assets", "products", "negotiations", "agreements", "transfers", "consents", "signals", "settlements", "webhooks"),
            .. Reads("catalog", "credentials", "policies", "status", "usage", "events", "outbox"),
        ],
        [AccountRoles.Consumer] =
        [
            .. Both("negotiations", "agreements", "transfers", "apps", "settlements", "webhooks"),
            .. Reads("catalog", "credentials", "policies", "status", "usage", "events", "outbox"),
        ],
    };

    /// <summary>Whoever makes an operator or auditor of this service must have as much: else a narrow credential would widen itself.</summary>
    /// <exception cref="RefusalException">Forbidden.</exception>
    public static void RequireMayGive(ClaimsPrincipal maker, IEnumerable<string> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        if (roles.FirstOrDefault(role => !Scopes[role].All(scope => ManagementScopes.Has(maker, scope))) is { } lacking)
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The role {lacking} cannot be given by one who may do less.") { Term = "roles" };
        }
    }

    /// <summary>What roles open, as far as the token's own scopes go: a token that names scopes of the management interface has no others.</summary>
    internal static IEnumerable<string> Narrow(IReadOnlyCollection<string> roles, IReadOnlyCollection<string> scopes)
    {
        var opened = roles.SelectMany(role => Scopes.TryGetValue(role, out var known) ? known : []).ToHashSet(StringComparer.Ordinal);
        var named = scopes.Where(ManagementScopes.IsScope).ToList();
        return named.Count == 0 ? opened : named.Where(scope => opened.Contains(scope) || opened.Contains(ManagementScopes.WholeOf(scope)));
    }

    private static IEnumerable<string> Both(params string[] areas) => areas.SelectMany(area => new[] { area + ":read", area + ":write" });

    private static IEnumerable<string> Reads(params string[] areas) => areas.Select(area => area + ":read");
}
