using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>What is wrong with one request to the authority.</summary>
internal static class AuthorityRows
{
    private const string Tokens = "token endpoint";
    private const string Joining = "applications to join";
    private const string Member = "members at the authority";

    public static IEnumerable<BadInputRow> All { get; } =
    [
        Token("JSON in place of a form", "{}", 400, "invalid_request", "application/x-www-form-urlencoded", "application/json"),
        Token("an empty form", "", 400, "invalid_request", "grant_type"),
        Token("another grant", "grant_type=password&username=a&password=b", 400, "unsupported_grant_type", "client_credentials"),
        Token("an assertion that is none", Form("no.a.jwt"), 401, "invalid_client", "refused"),
        Token("a client that nobody knows", Form(Unknown()), 401, "invalid_client", "not registered"),
        Token("a form beyond `Listen:MaxBodyBytes`", "grant_type=" + new string('a', 1 << 20), 400, "invalid_request", "larger than"),

        Application("an application as JSON", "{}", 415, "unsupported_media_type", "Content-Type", "send application/jose", "application/json"),
        Application("an application that is no JWS", "no.a.jws", 401, "unauthenticated", "", "refused"),
        Application("an altered application", BadInputSpace.Altered(Applied()), 401, "unauthenticated", "", "signature"),
        Application("an application beyond 16,384 characters", new string('a', 16_385), 413, "too_large", "body", "16384"),

        new("the endpoint of another member", Member, 403, "forbidden", "id", "its own endpoint only")
        {
            Attempts = space => [new Attempt(space.Authority, "PUT", AuthorityRoutes.ForEndpoint(TestSpace.Grid)) { Bearer = space.StrangersAuthorityToken }.With("""{"endpoint":"https://stranger.example"}""")],
        },
        new("a filed agreement of others", Member, 404, "not_found", "", "There is no agreement")
        {
            Attempts = space => [new Attempt(space.Authority, "GET", AuthorityRoutes.ForAgreement(space.Contract.Agreement)) { Bearer = space.StrangersAuthorityToken }],
        },
        new("participants in a state that is none", "management interface of the authority", 400, "malformed", "state", "suspended")
        {
            Attempts = space => [space.Manage(space.Authority, "GET", AuthorityRoutes.Participants + "?state=gone")],
        },
        new("an entry before the first", "evidence log", 400, "malformed", "from", "0 or more")
        {
            Attempts = space => [space.Manage(space.Authority, "GET", AuthorityRoutes.EvidenceEntriesPage(-1, 10))],
        },
        new("a proof for a size that the log never had", "evidence log", 400, "malformed", "", "size")
        {
            Attempts = space => [space.Manage(space.Authority, "GET", AuthorityRoutes.EvidenceInclusion + "?index=0&size=1000000000")],
        },
    ];

    private static string Form(string assertion) =>
        $"grant_type=client_credentials&client_assertion_type={Uri.EscapeDataString("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")}&client_assertion={assertion}&resource=did:web:authority.example";

    private static string Unknown()
    {
        using var key = SigningKey.Generate();
        return Jwt.Sign(new() { ["iss"] = "did:web:nobody.example", ["sub"] = "did:web:nobody.example" }, key, TokenTypes.ClientAssertion);
    }

    private static string Applied()
    {
        using var key = SigningKey.Generate();
        return SignedApplication.Create(
            new ParticipantApplication
            {
                Id = Did.Parse("did:web:applicant.example"),
                Name = "Applicant",
                Region = "44",
                Roles = [],
                Endpoint = new Uri("https://applicant.example"),
                Key = key.Public.Jwk,
            },
            key);
    }

    private static BadInputRow Token(string sent, string form, int status, string error, string says, string type = "application/x-www-form-urlencoded") =>
        new(sent, Tokens, status, error, "", says)
        {
            Attempts = space => [new Attempt(space.Authority, "POST", AuthorityRoutes.Token) { ContentType = type }.With(form)],
        };

    private static BadInputRow Application(string sent, string body, int status, string code, string where, string says, string type = SignedApplication.MediaType) =>
        new(sent, Joining, status, code, where, says)
        {
            Attempts = space => [new Attempt(space.Authority, "POST", AuthorityRoutes.Applications) { ContentType = type }.With(body)],
        };
}
