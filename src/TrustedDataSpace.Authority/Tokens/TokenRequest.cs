using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>A participant's token request (RFC 6749 §4.4.2, RFC 7523 §2.2, RFC 8707 §2).</summary>
/// <param name="Assertion">The client's signed assertion of who it is.</param>
/// <param name="ClientId">The client, where the request names it beside the assertion.</param>
/// <param name="Resource">The DID of whom the token is for.</param>
internal sealed record TokenRequest(string Assertion, string? ClientId, string Resource)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public static TokenRequest From(OAuthForm form)
    {
        if (form.Required("client_assertion_type") != AssertionType)
        {
            throw OAuthForm.Refuse("client_assertion_type", $"it must be {AssertionType}");
        }

        if (form.Optional("scope") is not (null or TokenIssuer.Scope))
        {
            throw new RefusalException(RefusalCode.Unsupported, $"The only scope is {TokenIssuer.Scope}.") { Term = "scope" };
        }

        return new TokenRequest(
            form.Required("client_assertion"),
            form.Optional("client_id"),
            form.Optional("resource") ?? throw Target("resource is missing: name the DID of whom the token is for"));
    }

    /// <summary>The target is not one that tokens are made for (RFC 8707 §2).</summary>
    public static RefusalException Target(string why) => new(RefusalCode.NotFound, why) { Term = "resource" };
}
