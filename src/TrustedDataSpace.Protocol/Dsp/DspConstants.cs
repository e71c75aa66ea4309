namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The names of the Dataspace Protocol.</summary>
public static class DspConstants
{
    /// <summary>The version spoken here.</summary>
    public const string Version = "2025-1";

    /// <summary>The JSON-LD context that every message names.</summary>
    public const string Context = "https://w3id.org/dspace/2025/1/context.jsonld";

    /// <summary>The namespace of our own policy terms, prefix <c>tds</c>.</summary>
    public const string ExtensionNamespace = "https://w3id.org/trusted-data-space/ns/";

    /// <summary>The profile of access tokens (RFC 9068) that carry a membership credential of the space's authority.</summary>
    public const string MembershipProfile = ExtensionNamespace + "membership-token";

    /// <summary>Fragment that names a participant's protocol service in its DID document (DSP §4.4).</summary>
    public const string DataServiceFragment = "#dsp";

    /// <summary>Fragment that names a participant's catalog in its DID document (DSP §4.4).</summary>
    public const string CatalogServiceFragment = "#catalog";

    /// <summary>The binding of protocol versions (DSP §4.3.1).</summary>
    public const string HttpsBinding = "HTTPS";

    /// <summary>Transfer format: the consumer pulls over HTTP.</summary>
    public const string HttpPull = "HttpData-PULL";

    /// <summary>Transfer format: the provider pushes over HTTP.</summary>
    public const string HttpPush = "HttpData-PUSH";

    /// <summary>The endpoint type of an HTTP data address.</summary>
    public const string HttpEndpointType = "https://w3id.org/idsa/v4.1/HTTP";

    /// <summary>The property of a data address that holds the token.</summary>
    public const string AuthorizationProperty = "authorization";

    /// <summary>The property of a data address that says how the token is used.</summary>
    public const string AuthTypeProperty = "authType";

    /// <summary>The value of <see cref="AuthTypeProperty"/> for a token that is sent as it is (RFC 6750).</summary>
    public const string BearerAuthType = "bearer";

    /// <summary>The value of <see cref="AuthTypeProperty"/> for a token that needs a proof by the consumer's key with each request (RFC 9449).</summary>
    public const string DpopAuthType = "DPoP";

    /// <summary>The value of <see cref="AuthTypeProperty"/> for a token that serves only over the client certificate of the request for the transfer (RFC 8705 §3).</summary>
    public const string CertificateAuthType = "tds:clientCertificate";

    /// <summary>The value of <see cref="AuthTypeProperty"/> for a token that needs each request to be signed with the key of the flow (RFC 9421).</summary>
    public const string SignatureAuthType = "tds:signature";

    /// <summary>The property of a provider's data address that holds the key of the flow, encrypted to the consumer.</summary>
    public const string FlowKeyProperty = "tds:flowKey";

    /// <summary>The property of a consumer's data address that declares what pushed data is used for. Our own: the protocol has none.</summary>
    public const string PurposeProperty = "tds:purpose";

    /// <summary>
    /// The contexts that may stand beside <see cref="Context"/>. Contexts are never fetched: one that is not known here could
    /// give the terms of a contract another meaning, so a message that names it is refused.
    /// </summary>
    public static IReadOnlyList<string> KnownContexts { get; } =
    [
        Context,
        "https://w3id.org/dspace/2025/1/odrl-profile.jsonld",
        "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld",
        "https://www.w3.org/ns/odrl.jsonld",
        "https://www.w3.org/ns/did/v1",
        "https://www.w3.org/ns/credentials/v2",
        ExtensionNamespace + "context.jsonld",
    ];
}
