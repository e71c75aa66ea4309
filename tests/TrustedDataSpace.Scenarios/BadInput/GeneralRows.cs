namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>What is answered alike by every endpoint that it concerns, over all three interfaces.</summary>
internal static class GeneralRows
{
    private const string Json = "all that take JSON";
    private const string Guarded = "all with a credential";
    private const string Members = "all for members";

    public static IEnumerable<BadInputRow> All { get; } =
    [
        Body("JSON that breaks off", "{\"a\":", "$", "Send JSON"),
        Body("a list in place of an object", "[]", "", "Send"),
        Body("`null`", "null", "", "Send"),
        new("an object without what is required", Json, 400, "malformed", "$", "Send")
        {
            Attempts = space => space.Endpoints.Where(endpoint => endpoint.RequiresSomething).Select(endpoint => space.At(endpoint).With("{}")),
        },
        new("a member that nobody knows", "all of the management interfaces that take JSON", 400, "malformed", "$.moonPhase", "is not known there")
        {
            // One that reads a document by hand, past the check, is not left out: it would pass over the member.
            Attempts = space => space.Endpoints.Where(endpoint => endpoint.IsManaged && (endpoint.ReadsJson || endpoint.BindsBody))
                .Select(endpoint => space.At(endpoint).With("{\"moonPhase\":\"full\"}")),
        },
        Body("nested deeper than 64", string.Concat(Enumerable.Repeat("{\"offer\":", 100)) + "1" + new string('}', 100), "", "depth"),
        Body("an empty body", "", "", "Send"),
        new("text that is not UTF-8", Json, 400, "malformed", "", "Send")
        {
            Attempts = space => Readers(space).Select(endpoint => space.At(endpoint) with { Body = [(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}'] }),
        },
        Body("a body beyond `Listen:MaxBodyBytes`", "{\"a\":\"" + new string('a', 1 << 20) + "\"}", "body", "Listen:MaxBodyBytes", 413, "too_large"),
        new("another media type", Json, 415, "unsupported_media_type", "Content-Type", "send application/json")
        {
            Attempts = space => Readers(space).Select(endpoint => space.At(endpoint).With("{}") with { ContentType = "text/plain" }),
        },
        new("no media type", Json, 415, "unsupported_media_type", "Content-Type", "send application/json")
        {
            Attempts = space => Readers(space).Select(endpoint => space.At(endpoint).With("{}") with { ContentType = null }),
        },
        Credential("no credential", _ => true, Guarded, "Authorization", "", (_, _) => null),
        Credential("a token that is none", _ => true, Guarded, "Authorization", "", (_, _) => "wrong-wrong-wrong-wrong-wrong-wrong-wrong"),
        Credential("an expired token", endpoint => endpoint.IsForSpace, Members, "Authorization", "expired", (space, endpoint) => space.AccessToken(endpoint.Client, expired: true)),
        Credential("an altered token", endpoint => endpoint.IsForSpace, Members, "Authorization", "signature", (space, endpoint) => BadInputSpace.Altered(space.AccessToken(endpoint.Client))),
        Credential("a token for somebody else", endpoint => endpoint.IsForSpace, Members, "Authorization", "audience", (space, endpoint) => space.AccessToken(endpoint.Client, expired: false, TestSpace.Vpp)),
        Credential("the management token", endpoint => endpoint.IsForSpace, Members, "Authorization", "token endpoint", (_, endpoint) => BadInputSpace.ManagementToken(endpoint.Client)),
        Credential("an access token of the space", endpoint => endpoint.Policy == Hosting.ServiceHost.ManagementPolicy, "the management interface", "Authorization", "Management:Token", (space, endpoint) => space.AccessToken(endpoint.Client)),
        new("an unknown address", "all services", 404, "not_found", "address", "documentation")
        {
            Attempts = space => space.Endpoints.Select(endpoint => endpoint.Client).Distinct().Select(client => new Attempt(client, "GET", "/no/such/thing")),
        },
        new("another method", "all", 405, "method_not_allowed", "method", "use")
        {
            Attempts = space => space.Endpoints.Select(endpoint => new Attempt(endpoint.Client, "PATCH", endpoint.Target)).Distinct(),
        },
        new("an id that nobody knows", "all that name one in the address", 404, "not_found", "", "")
        {
            Attempts = space => space.Endpoints.Where(endpoint => endpoint is { HasId: true, ReadsJson: false }).Select(space.At),
        },
        Page("a page of 0 items", "limit=0", "limit"),
        Page("a page beyond its limit", "limit=100000", "limit"),
        Page("a limit that is no number", "limit=many", "limit"),
        new("a cursor of nowhere", "all lists", 400, "malformed", "cursor", "")
        {
            Attempts = space => Lists(space).Where(endpoint => endpoint.Takes("cursor")).Select(endpoint => Query(space, endpoint, "cursor=***")),
        },
        new("a parameter that nobody knows", "all of the management interfaces", 400, "malformed", "moonPhase", "There is no parameter")
        {
            Attempts = space => space.Endpoints.Where(endpoint => endpoint.IsManaged).Select(space.At).Select(attempt => attempt with { Target = attempt.Target + "?moonPhase=full" }),
        },
    ];

    private static IEnumerable<KnownEndpoint> Readers(BadInputSpace space) => space.Endpoints.Where(endpoint => endpoint.ReadsJson);

    private static IEnumerable<KnownEndpoint> Lists(BadInputSpace space) => space.Endpoints.Where(endpoint => endpoint.IsList);

    private static BadInputRow Body(string sent, string body, string where, string says, int status = 400, string code = "malformed") =>
        new(sent, Json, status, code, where, says) { Attempts = space => Readers(space).Select(endpoint => space.At(endpoint).With(body)) };

    private static BadInputRow Credential(
        string sent, Func<KnownEndpoint, bool> concerns, string at, string where, string says, Func<BadInputSpace, KnownEndpoint, string?> bearer) =>
        new(sent, at, 401, "unauthenticated", where, says)
        {
            Attempts = space => space.Endpoints.Where(endpoint => endpoint.Policy is not null && concerns(endpoint))
                .Select(endpoint => (endpoint.Method == "GET" ? space.At(endpoint) : space.At(endpoint).With("{}")) with { Bearer = bearer(space, endpoint) }),
        };

    private static BadInputRow Page(string sent, string query, string where) =>
        new(sent, "all lists", 400, "malformed", where, "limit") { Attempts = space => Lists(space).Select(endpoint => Query(space, endpoint, query)) };

    private static Attempt Query(BadInputSpace space, KnownEndpoint endpoint, string query)
    {
        var attempt = space.At(endpoint);
        var about = endpoint.Takes("agreement") ? $"agreement={Uri.EscapeDataString(space.Contract.Agreement)}&" : "";
        return attempt with { Target = $"{attempt.Target}?{about}{query}" };
    }
}
