namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>The names of the Decentralized Claims Protocol 1.0.</summary>
public static class DcpConstants
{
    /// <summary>The JSON-LD context that every message names.</summary>
    public const string Context = "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld";

    /// <summary>The type of a holder's service in its DID document: the address is the base of <see cref="DcpRoutes"/>.</summary>
    public const string CredentialService = "CredentialService";

    /// <summary>The type of an issuer's service in its DID document: the address is the base of <see cref="DcpRoutes"/>.</summary>
    public const string IssuerService = "IssuerService";

    /// <summary>The claim of a self-issued ID token that holds the access token for the sender's own Credential Service.</summary>
    public const string TokenClaim = "token";

    /// <summary>The claim of a self-issued ID token that holds the code by which a request for credentials was authorised beforehand.</summary>
    public const string PreAuthorizedCodeClaim = "pre-authorized_code";

    /// <summary>
    /// The contexts that may stand beside <see cref="Context"/>. Contexts are never fetched: one that is not known here could give
    /// what a message says another meaning, so a message that names it is refused.
    /// </summary>
    public static IReadOnlyList<string> KnownContexts { get; } =
    [
        Context,
        "https://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/2018/credentials/v1",
        "https://www.w3.org/ns/did/v1",
        "https://identity.foundation/presentation-exchange/submission/v1",
    ];
}
