namespace TrustedDataSpace.Protocol.Identity;

/// <summary>The <c>typ</c> header of everything signed: what is signed for one use cannot be replayed in another (RFC 8725 §3.11).</summary>
public static class TokenTypes
{
    /// <summary>An OAuth 2.0 access token (RFC 9068).</summary>
    public const string AccessToken = "at+jwt";

    /// <summary>A client assertion (RFC 7523).</summary>
    public const string ClientAssertion = "client-assertion+jwt";

    /// <summary>A plain JWT, as clients without a typed assertion send it.</summary>
    public const string Jwt = "JWT";

    /// <summary>A verifiable credential (W3C VC-JOSE-COSE).</summary>
    public const string Credential = "vc+jwt";

    /// <summary>A verifiable presentation (W3C VC-JOSE-COSE).</summary>
    public const string Presentation = "vp+jwt";

    /// <summary>A holder's own token that lets one verifier ask for credentials.</summary>
    public const string CredentialAccess = "credential-access+jwt";

    /// <summary>The list of the issuers that a space believes.</summary>
    public const string TrustList = "trust-list+jwt";

    /// <summary>A token for the data plane.</summary>
    public const string DataAccess = "data+jwt";

    /// <summary>A signed usage record.</summary>
    public const string Usage = "usage+jwt";

    /// <summary>A signed batch of evidence.</summary>
    public const string EvidenceBatch = "evidence-batch+jwt";

    /// <summary>A signed agreement.</summary>
    public const string Agreement = "agreement+jwt";

    /// <summary>A signed settlement.</summary>
    public const string Settlement = "settlement+jwt";

    /// <summary>The authority's word on what was paid in advance.</summary>
    public const string Balance = "balance+jwt";

    /// <summary>A participant's application.</summary>
    public const string Application = "application+jwt";

    /// <summary>A member's next key, signed by its present one.</summary>
    public const string KeyUpdate = "key-update+jwt";

    /// <summary>The proof of possession inside a <see cref="KeyUpdate"/>.</summary>
    public const string KeyProof = "key-proof+jwt";

    /// <summary>The key of a flow, encrypted to its consumer (RFC 7516).</summary>
    public const string FlowKey = "flow-key+jwe";

    /// <summary>The authority's word on whose standing has changed.</summary>
    public const string Standing = "standing+jwt";

    /// <summary>A proof of possession for one request (RFC 9449 §4.2).</summary>
    public const string Dpop = "dpop+jwt";
}
