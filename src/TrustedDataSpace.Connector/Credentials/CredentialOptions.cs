using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Credentials: what this participant shows, and what it believes of others.</summary>
public sealed record CredentialOptions
{
    /// <summary>The type of the credential that makes somebody a member. Issued by the authority of the space alone.</summary>
    public const string Membership = "MembershipCredential";

    /// <summary>How this connector proves to others who it is. Default <see cref="PeerProof.AccessToken"/>.</summary>
    public PeerProof ProveBy { get; init; }

    /// <summary>Types of credentials that whoever this connector calls may read. Default: the membership alone.</summary>
    public IReadOnlyList<string> Shown { get; init; } = [Membership];

    /// <summary>
    /// Types of credentials that are asked of callers beside the membership. Whoever lacks one, or does not show it, is let in all the same, and what
    /// the credential would have said of it is not known to policies. Default none.
    /// </summary>
    public IReadOnlyList<string> Asked { get; init; } = [];

    /// <summary>
    /// Narrows the trust list of the space: with any entry, no issuers beside the authority are believed but these, each for one type of credential and the
    /// claims that are named here and in the list. Default none: the list as it is.
    /// </summary>
    public IReadOnlyList<BelievedIssuer> TrustedIssuers { get; init; } = [];

    /// <summary>How old a status list may be that says that a credential still holds. 1 second to 1 minute. Default 1 minute.</summary>
    public TimeSpan MaxStatusAge { get; init; } = TimeSpan.FromMinutes(1);

    internal IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(ProveBy))
        {
            yield return $"Credentials:ProveBy '{ProveBy}' is neither accessToken nor presentation";
        }

        if (!Shown.Contains(Membership))
        {
            yield return $"Credentials:Shown lacks {Membership}: nobody would take this participant for a member";
        }

        if (MaxStatusAge < TimeSpan.FromSeconds(1) || MaxStatusAge > TimeSpan.FromMinutes(1))
        {
            yield return "Credentials:MaxStatusAge must lie between 1 second and 1 minute";
        }

        foreach (var type in Shown.Concat(Asked).Concat(TrustedIssuers.Select(trusted => trusted.Type)).Where(type => type.Length == 0 || !type.All(char.IsAsciiLetterOrDigit)))
        {
            yield return $"Credentials: '{type}' is no type of a credential, such as {Membership}";
        }

        foreach (var trusted in TrustedIssuers)
        {
            if (trusted.Type == Membership)
            {
                yield return $"Credentials:TrustedIssuers: {Membership} is the authority's alone";
            }

            if (trusted.Claims.Count == 0)
            {
                yield return $"Credentials:TrustedIssuers: Claims of '{trusted.Issuer}' is empty: it would be believed for nothing";
            }

            if (!Did.TryParse(trusted.Issuer, out _))
            {
                yield return $"Credentials:TrustedIssuers: '{trusted.Issuer}' is not a did:web identifier";
            }
        }
    }
}

/// <summary>How a connector proves to others who it is.</summary>
public enum PeerProof
{
    /// <summary>By an access token of the space's authority, made out to the peer.</summary>
    AccessToken,

    /// <summary>By a self-issued ID token, with which the peer asks for credentials (DCP).</summary>
    Presentation,
}

/// <summary>An issuer that is believed for one type of credential.</summary>
public sealed record BelievedIssuer
{
    /// <summary>The type, such as <c>GridOperatorCredential</c>.</summary>
    public string Type { get; init; } = "";

    /// <summary>DID of the issuer.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>Names of the claims that it is believed for, such as <c>licence</c>; what else it writes into a credential does not reach policies. At least one.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];
}
