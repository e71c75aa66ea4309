using Microsoft.Extensions.Primitives;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>A token request (RFC 6749 §4.4.2, RFC 7523 §2.2, RFC 8707 §2).</summary>
/// <param name="Assertion">The client's signed assertion of who it is.</param>
/// <param name="ClientId">The client, where the request names it beside the assertion.</param>
/// <param name="Resource">The DID of whom the token is for.</param>
internal sealed record TokenRequest(string Assertion, string? ClientId, string Resource)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public static async Task<TokenRequest> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasFormContentType)
        {
            throw Refuse("form", "the body must be application/x-www-form-urlencoded");
        }

        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(cancellation);
        }
        catch (InvalidDataException failure)
        {
            throw Refuse("form", failure.Message);
        }

        if (Required(form, "grant_type") != "client_credentials")
        {
            throw new RefusalException(RefusalCode.Unsupported, "Only the grant type client_credentials is supported.") { Term = "grant_type" };
        }

        if (Required(form, "client_assertion_type") != AssertionType)
        {
            throw Refuse("client_assertion_type", $"it must be {AssertionType}");
        }

        if (Optional(form, "scope") is not (null or TokenIssuer.Scope))
        {
            throw new RefusalException(RefusalCode.Unsupported, $"The only scope is {TokenIssuer.Scope}.") { Term = "scope" };
        }

        return new TokenRequest(
            Required(form, "client_assertion"),
            Optional(form, "client_id"),
            Optional(form, "resource") ?? throw Target("resource is missing: name the DID of whom the token is for"));
    }

    /// <summary>The target is not one that tokens are made for (RFC 8707 §2).</summary>
    public static RefusalException Target(string why) => new(RefusalCode.NotFound, why) { Term = "resource" };

    private static string Required(IFormCollection form, string name) => Optional(form, name) ?? throw Refuse(name, "it is missing");

    // RFC 6749 §3.2: a parameter without a value counts as absent, a repeated one is an error.
    private static string? Optional(IFormCollection form, string name)
    {
        var values = form.TryGetValue(name, out var found) ? found : StringValues.Empty;
        return values.Count > 1 ? throw Refuse(name, "it is there more than once") : string.IsNullOrEmpty(values) ? null : values.ToString();
    }

    private static RefusalException Refuse(string name, string why) => new(RefusalCode.Malformed, $"The token request is refused, {name}: {why}.") { Term = name };
}
