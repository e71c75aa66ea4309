using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>An authorisation request (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core 1.0 §3.1.2.1) that passed its checks.</summary>
internal sealed partial record AuthorizationRequest
{
    private const int LongestText = 512;
    private const int MostScopes = 50;

    public required ClientRow Client { get; init; }

    public required string RedirectUri { get; init; }

    public string? State { get; init; }

    public string Challenge { get; init; } = "";

    public string Scope { get; init; } = "";

    public string? Nonce { get; init; }

    public string? Resource { get; init; }

    /// <summary>The key that the code is bound to (RFC 9449 §10).</summary>
    public string? Jkt { get; init; }

    /// <summary>
    /// Who asks, and where the answer goes. What is wrong here is told to the person alone: nobody is sent to an address that was not
    /// checked.
    /// </summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static AuthorizationRequest Read(IQueryCollection query, ClientService clients)
    {
        var client = One(query, "client_id") is { } id ? clients.Find(id) : null;
        if (client is null)
        {
            throw Malformed("client_id", "No such program is registered here.");
        }

        if (One(query, "redirect_uri") is not { } uri || !ClientService.MayRedirect(client, uri))
        {
            throw Malformed("redirect_uri", "The address to go back to is not one that the program has registered.");
        }

        return new AuthorizationRequest { Client = client, RedirectUri = uri, State = One(query, "state") };
    }

    /// <summary>The rest of the request; or what is told to the client.</summary>
    public (AuthorizationRequest Request, string? Error) ReadRest(IQueryCollection query)
    {
        try
        {
            var scope = One(query, "scope") ?? "";
            var words = scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var error = One(query, "response_type") != "code" ? "unsupported_response_type"
                : One(query, "response_mode") is not (null or "query") ? "invalid_request"
                : One(query, "request") is not null ? "request_not_supported"
                : One(query, "request_uri") is not null ? "request_uri_not_supported"
                : One(query, "prompt") == "none" ? "login_required"
                : One(query, "code_challenge_method") != "S256" || One(query, "code_challenge") is not { } challenge || !HashForm().IsMatch(challenge) ? "invalid_request"
                : One(query, "dpop_jkt") is { } jkt && !HashForm().IsMatch(jkt) ? "invalid_request"
                : words.Length > MostScopes || words.Any(word => !SignInScopes.IsKnown(word)) ? "invalid_scope"
                : null;
            return (this with
            {
                Challenge = One(query, "code_challenge") ?? "",
                Scope = string.Join(' ', words.Distinct()),
                Nonce = One(query, "nonce"),
                Resource = One(query, "resource"),
                Jkt = One(query, "dpop_jkt"),
            }, error);
        }
        catch (RefusalException)
        {
            return (this, "invalid_request");
        }
    }

    // RFC 6749 §3.1: a parameter without a value counts as absent, a repeated one is an error.
    private static string? One(IQueryCollection query, string name) => query[name] switch
    {
        { Count: 0 } or [null or ""] => null,
        [{ Length: <= LongestText } value] => value,
        _ => throw Malformed(name, $"It is there more than once, or longer than {LongestText} characters."),
    };

    private static RefusalException Malformed(string name, string why) => new(RefusalCode.Malformed, why) { Term = name };

    // SHA-256 in base64url.
    [GeneratedRegex(@"\A[A-Za-z0-9_-]{43}\z")]
    private static partial Regex HashForm();
}

/// <summary>The words of <c>scope</c> in an authorisation request.</summary>
internal static partial class SignInScopes
{
    /// <summary>Asks for an ID token.</summary>
    public const string OpenId = "openid";

    /// <summary>Asks for a refresh token.</summary>
    public const string Offline = "offline_access";

    /// <summary>Either of them, or one of a management interface: <c>AREA:read</c>, <c>AREA:write</c>. Without any of those all that the roles open is asked for.</summary>
    public static bool IsKnown(string word) => word is OpenId or Offline || AreaForm().IsMatch(word);

    public static bool Has(string scope, string word) => scope.Split(' ').Contains(word);

    [GeneratedRegex(@"\A[a-z][a-z-]{0,40}:(?:read|write)\z")]
    private static partial Regex AreaForm();
}
