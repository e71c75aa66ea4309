using TrustedDataSpace.Hosting;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>What is wrong with credentials, and with requests about credentials and keys.</summary>
internal static class IdentityRows
{
    private const string Tokens = "management tokens";
    private const string Keys = "members' keys at the authority";

    public static IEnumerable<BadInputRow> All { get; } =
    [
        new("a credential without the scope", "all of the management interface", 403, "forbidden", "scope", "does not have the scope")
        {
            Attempts = space => space.Endpoints
                .Where(endpoint => endpoint.Client == space.Provider && endpoint.Policy == ServiceHost.ManagementPolicy && endpoint.Template is not (ManagementRoutes.Status or ManagementRoutes.Evidence))
                .Select(endpoint => (endpoint.Method == "GET" ? space.At(endpoint) : space.At(endpoint).With("{}")) with { Bearer = space.LimitedToken }),
        },
        Token("a name that is none", """{"name":"A b","scopes":["status:read"]}""", 400, "malformed", "$.name", "1 to 64"),
        Token("a name that is taken", """{"name":"watcher","scopes":["status:read"]}""", 409, "conflict", "$.name", "another name"),
        Token("no scope", """{"name":"a","scopes":[]}""", 400, "malformed", "$.scopes", "status:read"),
        Token("a scope that there is not", """{"name":"a","scopes":["everything:write"]}""", 400, "malformed", "$.scopes", "status:read"),
        Token("an end that has passed", """{"name":"a","scopes":["status:read"],"expiresAt":"2020-01-01T00:00:00Z"}""", 400, "malformed", "$.expiresAt", "ended already"),

        Key("another member's key", TestSpace.Grid, "a.b.c", 403, "forbidden", "id", "its own key only"),
        Key("a key as JSON", BadInputSpace.Stranger, "{}", 415, "unsupported_media_type", "Content-Type", "send application/jose", "application/json"),
        Key("a key that is no JWS", BadInputSpace.Stranger, "a.b.c", 401, "unauthenticated", "", "refused"),
    ];

    private static BadInputRow Token(string sent, string body, int status, string code, string where, string says) =>
        new(sent, Tokens, status, code, where, says)
        {
            Attempts = space => [space.Manage(space.Provider, "POST", TokenRoutes.Tokens, body)],
        };

    private static BadInputRow Key(string sent, string member, string body, int status, string code, string where, string says, string type = SignedKeyUpdate.MediaType) =>
        new(sent, Keys, status, code, where, says)
        {
            Attempts = space => [new Attempt(space.Authority, "PUT", AuthorityRoutes.ForParticipantKey(member)) { Bearer = space.StrangersAuthorityToken, ContentType = type }.With(body)],
        };
}
