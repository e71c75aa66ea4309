using System.Text.Json;
using TrustedDataSpace.Protocol.Credentials;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>A kind of credential, as a document of the space's configuration says it.</summary>
/// <param name="Name">The type that stands in the credential, such as <c>MembershipCredential</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Source">Where its claims come from: one of <see cref="CredentialSources"/>.</param>
/// <param name="Lifetime">How long it is valid; null: as long as a membership.</param>
/// <param name="Schema">The schema of its claims, as it is published.</param>
/// <param name="Claims">The same, to hold claims to.</param>
internal sealed record CredentialType(string Name, string Title, string Source, TimeSpan? Lifetime, JsonElement Schema, ClaimSchema Claims);

/// <summary>Where the claims of a credential come from.</summary>
internal static class CredentialSources
{
    /// <summary>From the register: name, space, region, roles. Issued with each admission.</summary>
    public const string Membership = "membership";

    /// <summary>From what the member has said of its organisation. Issued when a member asks.</summary>
    public const string Organisation = "organisation";

    /// <summary>From the operator, who issues it to one member.</summary>
    public const string Operator = "operator";
}
