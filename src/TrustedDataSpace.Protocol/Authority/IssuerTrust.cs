using TrustedDataSpace.Protocol.Credentials;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>For what an issuer is believed.</summary>
public sealed record IssuerTrust
{
    /// <summary>The credential types, 1 to 100.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>The claims, 500 at most. Default: those that the authority's documents describe for these types; of a type that it has none of, they must be named.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];
}

/// <summary>What the trust list of the space says.</summary>
/// <param name="Version">Its number; it only goes up.</param>
/// <param name="Issuers">The issuers, the authority first.</param>
public sealed record NumberedTrust(long Version, IReadOnlyList<TrustedIssuer> Issuers);
