using System.Net;
using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>What is wrong with one request to a connector.</summary>
internal static class ConnectorRows
{
    private const string Manage = "management interface";
    private const string Dsp = "Dataspace Protocol";
    private const string Data = "data plane of the provider";
    private const string Consume = "data plane of the consumer";

    public static IEnumerable<BadInputRow> All { get; } =
    [
        Product("an unknown policy term", """{"permission":[{"action":"use","constraint":[{"leftOperand":"moonPhase","operator":"eq","rightOperand":"full"}]}]}""", "moonPhase"),
        Product("an unknown action", """{"permission":[{"action":"resell"}]}""", "resell"),
        Product("a duty that nothing carries out", """{"permission":[{"action":"use","duty":[{"action":"delete"}]}]}""", "deletion at the consumer is not proved"),
        Product("a quota in a time zone that there is not", """{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":"10/P1D@Mars/Olympus"}]}]}""", "IANA time zone"),
        Product("an unknown currency", Priced("ZZZ"), "write a code such as CNY"),
        Product("a text with half a character", """{"permission":[{"action":"use","assigner":"\ud800"}]}""", "surrogate", "malformed", 400),
        Managed("a product on an asset that is not there", "POST", ManagementRoutes.Products, Definition("""{"permission":[{"action":"use"}]}""", "no-such-asset"), 400, "malformed", "assetId", "define the asset first"),
        Managed("a change to a version that is not on offer", "POST", ManagementRoutes.Products, Definition("""{"permission":[{"action":"use"}]}"""), 412, "precondition_failed", "If-Match", "get it again", "If-Match: \"7\""),
        Managed("the removal of an asset that products need", "DELETE", ManagementRoutes.For(ManagementRoutes.AssetById, "curves"), null, 409, "conflict", "id", "withdraw them first"),
        Managed("a policy to check that cannot be kept", "POST", ManagementRoutes.PolicyCheck, """{"policy":{"permission":[{"action":"resell"}]} }""", 422, "unsupported", "", "resell"),
        Managed("a source with a password in its address", "POST", ManagementRoutes.Assets, """{"id":"a","sourceUrl":"http://user:secret-password@127.0.0.1/"}""", 400, "malformed", "sourceUrl", "leave out credentials"),
        Managed("a header that a source must not get", "POST", ManagementRoutes.Assets, """{"id":"a","sourceUrl":"http://127.0.0.1/","sourceHeaders":{"Host":"x"}}""", 400, "malformed", "sourceHeaders['Host']", "use headers that the server reads"),
        Managed("a misspelt member", "POST", TokenRoutes.Tokens, """{"name":"a","scopes":["status:read"],"expires":"2030-01-01T00:00:00Z"}""", 400, "malformed", "$.expires", "known here: name, scopes, expiresAt"),
        Managed("a misspelt member of a member", "POST", ManagementRoutes.Assets, """{"id":"a","sourceUrl":"http://127.0.0.1/","rules":{"method":["POST"]} }""", 400, "malformed", "$.rules.method", "known here: methods, paths"),
        Managed("a provider that is no DID", "POST", ManagementRoutes.CatalogQueries, """{"provider":"nobody"}""", 400, "malformed", "", "did:web"),
        Managed("a provider that is no member", "POST", ManagementRoutes.CatalogQueries, """{"provider":"did:web:nobody.example"}""", 404, "not_found", "", "is no participant"),
        Managed("an unknown offer", "POST", ManagementRoutes.Negotiations, $$"""{"provider":"{{TestSpace.Grid}}","datasetId":"curves","offerId":"offer:none"}""", 404, "not_found", "", "has no offer"),
        Managed("a negotiation with a provider and a consumer", "POST", ManagementRoutes.Negotiations, $$"""{"provider":"{{TestSpace.Grid}}","consumer":"{{TestSpace.Vpp}}","datasetId":"curves","offerId":"offer:none"}""", 400, "malformed", "$.provider", "Exactly one"),
        Managed("a mode that is none", "POST", ManagementRoutes.Negotiations, $$"""{"provider":"{{TestSpace.Grid}}","datasetId":"curves","offerId":"offer:none","mode":"later"}""", 400, "malformed", "$.mode", "automatic, manual, mixed"),
        Managed("terms that cannot be kept, to negotiate", "POST", ManagementRoutes.Negotiations, $$"""{"provider":"{{TestSpace.Grid}}","datasetId":"curves","offerId":"offer:curves:1","offer":{"permission":[{"action":"resell"}] } }""", 422, "unsupported", "", "resell"),
        Managed("terms that are no object", "POST", ManagementRoutes.Negotiations, $$"""{"provider":"{{TestSpace.Grid}}","datasetId":"curves","offerId":"offer:curves:1","offer":"cheap"}""", 400, "malformed", "$.offer", "Send an ODRL offer"),
        Managed("an unknown agreement", "POST", ManagementRoutes.Transfers, """{"agreementId":"none"}""", 404, "not_found", "agreementId", "no agreement"),
        AboutContract("a push without a sink", "POST", ManagementRoutes.Transfers, space => $$"""{"agreementId":"{{space.Contract.Agreement}}","format":"{{DspConstants.HttpPush}}"}""", 400, "malformed", "sink", "sink.url"),
        AboutContract("a format that nobody knows", "POST", ManagementRoutes.Transfers, space => $$"""{"agreementId":"{{space.Contract.Agreement}}","format":"Kafka-PULL"}""", 422, "unsupported", "format", DspConstants.HttpPush),
        Managed("transfers in a state that is none", "GET", ManagementRoutes.Transfers + "?state=RUNNING", null, 400, "malformed", "state", "SUSPENDED"),
        Managed("negotiations in a state that is none", "GET", ManagementRoutes.Negotiations + "?state=NOPE", null, 400, "malformed", "state", "FINALIZED"),
        Managed("agreements in a state that is none", "GET", ManagementRoutes.Agreements + "?state=over", null, 400, "malformed", "state", "use one of active, ended"),
        Managed("the usage of an unknown agreement", "GET", ManagementRoutes.Usage + "?agreement=none", null, 404, "not_found", "agreement", ManagementRoutes.Agreements),
        Managed("a page of the outbox that is too large", "GET", ManagementRoutes.Outbox + "?limit=201", null, 400, "malformed", "limit", "between 1 and 200"),
        Managed("an application without a purpose", "POST", ManagementRoutes.Applications, """{"name":"a","person":"b","agreements":["c"],"purposes":[]}""", 400, "malformed", "purposes", "name 1 to"),
        Managed("an application with a purpose of two words", "POST", ManagementRoutes.Applications, """{"name":"a","person":"b","agreements":["c"],"purposes":["load forecast"]}""", 400, "malformed", "purposes", "without spaces"),
        Managed("an application for an unknown agreement", "POST", ManagementRoutes.Applications, """{"name":"a","person":"b","agreements":["c"],"purposes":["d"]}""", 404, "not_found", "agreements", "There is no agreement"),
        Managed("a position that is no event's", "GET", ManagementRoutes.Events + "?after=yesterday", null, 400, "malformed", "after", "0 to begin with the first"),
        Managed("a kind that is none of an event", "GET", ManagementRoutes.Events + "?kind=Negotiation", null, 400, "malformed", "kind", "write it as negotiation.finalized"),
        Managed("a web-hook over plain HTTP", "POST", ManagementRoutes.Webhooks, """{"url":"http://receiver.example/"}""", 400, "malformed", "url", "https://"),
        Managed("a web-hook with a password in its address", "POST", ManagementRoutes.Webhooks, """{"url":"https://user:secret-password@receiver.example/"}""", 400, "malformed", "url", "proven by their signature"),
        Managed("a web-hook behind an event that is none", "POST", ManagementRoutes.Webhooks, """{"url":"https://receiver.example/","after":"yesterday"}""", 400, "malformed", "after", "0 to begin with the first"),
        Managed("a signal without a value", "PUT", ManagementRoutes.For(ManagementRoutes.SignalByName, "grid"), """{"value":""}""", 400, "malformed", "$.value", "write what is true now"),
        Managed("a signal that is not set", "DELETE", ManagementRoutes.For(ManagementRoutes.SignalByName, "grid"), null, 404, "not_found", "", "is not set"),
        Managed("a consent about what is no product", "POST", ManagementRoutes.Consents, """{"subject":"mill","product":"no/product","purpose":null}""", 400, "malformed", "product", "as it is offered"),
        Managed("a consent to the purpose `*`", "POST", ManagementRoutes.Consents, """{"subject":"mill","product":"curves","purpose":"*"}""", 400, "malformed", "purpose", "leave the purpose out"),
        Managed("a consent that is not in force", "DELETE", ManagementRoutes.For(ManagementRoutes.ConsentById, "none"), null, 404, "not_found", "", "in force"),
        Managed("the coverage of an unknown agreement", "GET", ManagementRoutes.For(ManagementRoutes.AgreementCoverage, "none"), null, 404, "not_found", "", "no agreement"),
        WithHeader("an idempotency key with a space", space => ManagementRoutes.For(ManagementRoutes.AgreementTermination, space.Contract.Agreement), "Idempotency-Key: two words", 400, "malformed", "Idempotency-Key", "visible ASCII"),
        WithHeader("an entity tag of what is no more", space => ManagementRoutes.For(ManagementRoutes.AgreementTermination, space.Contract.Agreement), "If-Match: \"0\"", 412, "precondition_failed", "If-Match", "decide again"),
        WithHeader("an entity tag where there is none", _ => ManagementRoutes.Transfers, "If-Match: \"0\"", 422, "unsupported", "If-Match", "leave it out", """{"agreementId":"none"}"""),

        ByStranger("another's transfer", "GET", space => $"/transfers/{space.Contract.Flow}", null, 404, "not_found", "no such process"),
        ByStranger("another's agreement", "POST", _ => DspRoutes.TransferRequest, TransferRequest, 404, "not_found", "no agreement"),
        ByStranger("an address of somebody else to call back", "POST", _ => DspRoutes.TransferRequest, space => TransferRequest(space, "http://127.0.0.1:9/dsp/2025-1"), 400, "malformed", "registered endpoint"),
        ByStranger("an unknown JSON-LD context", "POST", _ => DspRoutes.TransferRequest, space => TransferRequest(space).Replace(DspConstants.Context, "https://elsewhere.example/context", StringComparison.Ordinal), 400, "unsupported", "context"),
        ByStranger("a catalog filter", "POST", _ => DspRoutes.Catalog, _ => CatalogRequest("""{"a":1}"""), 400, "unsupported", "leave the filter out"),
        ByStranger("a catalog filter with a property that is not known", "POST", _ => DspRoutes.Catalog, _ => CatalogRequest("""{"@type":"tds:CatalogFilter","keywords":["a"]}"""), 400, "malformed", "nothing is passed over"),
        ByStranger("a cursor of another filter", "POST", _ => DspRoutes.Catalog + "?cursor=YWFh", _ => CatalogRequest("""{"@type":"tds:CatalogFilter","text":"a"}"""), 400, "malformed", "Follow the Link"),

        AtData("no token", _ => null, 401, "unauthenticated", "token", "start a transfer"),
        AtData("an altered token", space => BadInputSpace.Altered(space.DataToken(space.Contract)), 401, "unauthenticated", "signature", "is refused"),
        AtData("an expired token", space => space.ExpiredDataToken(), 401, "unauthenticated", "exp", "it expired at"),
        AtData("the token of another flow", space => space.DataToken(space.Other), 401, "unauthenticated", "flow", "another flow"),
        AtData("an access token of the space", space => space.AccessToken(space.Provider), 401, "unauthenticated", "typ", "is refused"),
        AtData("the token without a signature", space => space.DataToken(space.Contract), 401, "unauthenticated", "signature", "is not signed", sign: _ => _ => { }),
        AtData("a range that the signature does not cover", space => space.DataToken(space.Contract), 401, "unauthenticated", "Signature-Input", "not covered", sign: space => request =>
        {
            space.SignAsConsumer(request);
            request.Headers.TryAddWithoutValidation("Range", "bytes=0-");
        }),
        AtData("an encoded slash", space => space.DataToken(space.Contract), 400, "malformed", "request target", "plain form", path: "/a%2fb"),
        AtData("a target beyond 8,192 characters", space => space.DataToken(space.Contract), 413, "too_large", "request target", "longer than 8192", path: "/" + new string('a', 8192)),
        AtData("a declared purpose beyond 64 characters", space => space.DataToken(space.Contract), 400, "malformed", "Tds-Purpose", "at most 64", header: "Tds-Purpose: " + new string('a', 65)),
        AtData("a key of retries beyond 128 characters", space => space.DataToken(space.Contract), 400, "malformed", "Idempotency-Key", "1 to 128", header: "Idempotency-Key: " + new string('a', 129)),
        AtData("a request in HTTP/1.0", space => space.DataToken(space.Contract), 400, "malformed", "protocol", "use HTTP/1.1 or 2", sign: space => request =>
        {
            request.Version = HttpVersion.Version10;
            space.SignAsConsumer(request);
        }),
        AtData("a method that the source is not asked with", space => space.DataToken(space.Contract), 405, "method_not_allowed", "method", "use GET, HEAD", method: "DELETE"),

        AtConsume("no credential of an application", _ => null, 401, "unauthenticated", "Authorization", "tds app add"),
        AtConsume("the credential of nobody", _ => "tds_app_0000", 401, "unauthenticated", "Authorization", "tds app add"),
        AtConsume("the agreement of another application", space => space.Other.Secret, 403, "forbidden", "agreement", "grant it"),
        AtConsume("a purpose that the application does not have", space => space.Contract.Secret, 403, "forbidden", "purpose", "it may for", purpose: "resale"),
        AtConsume("no purpose, where several are granted", space => space.Contract.Secret, 400, "malformed", "Tds-Purpose", "with one of", purpose: null),
        AtConsume("a path with an empty segment", space => space.Contract.Secret, 400, "malformed", "request target", "plain form", path: "/a//b"),
        AtConsume("a header that is passed on, not in ASCII", space => space.Contract.Secret, 400, "malformed", "If-None-Match", "ASCII", with: request => request.Headers.TryAddWithoutValidation("If-None-Match", "\"ü\"")),
        AtConsume("a key of retries that is not in ASCII", space => space.Contract.Secret, 400, "malformed", "Idempotency-Key", "ASCII", with: request => request.Headers.TryAddWithoutValidation("Idempotency-Key", "ü")),
        AtConsume("a call in HTTP/1.0", space => space.Contract.Secret, 400, "malformed", "protocol", "use HTTP/1.1 or 2", with: request => request.Version = HttpVersion.Version10),

        AtPush("data pushed without a token", _ => null, 401, "unauthenticated", "Authorization", "data address"),
        AtPush("data pushed with a token of the space", space => space.AccessToken(space.Consumer), 401, "unauthenticated", "Authorization", "data address"),
        AtPush("data pushed by another method than POST", _ => null, 405, "method_not_allowed", "method", "POST", method: "PUT"),
    ];

    private static BadInputRow AtPush(string sent, Func<BadInputSpace, string?> token, int status, string code, string where, string says, string method = "POST") =>
        new(sent, Consume, status, code, where, says)
        {
            Attempts = space => [new Attempt(space.Consumer, method, $"/push/{space.Contract.Transfer}") { Bearer = token(space) }.With("id\n1\n")],
        };

    private static string Priced(string currency) => $$"""
        {"permission":[{"action":"use"}],"tds:meter":{"unit":"row","format":"text/csv","valuesPerRecord":1},"tds:pricePlan":{"id":"p","version":1,"currency":"{{currency}}",
        "components":[{"id":"c","meter":"rows","unitSize":1000,"price":"1.00"}],"rounding":{"per":"line","mode":"halfUp","scale":2} } }
        """;

    private static string Definition(string policy, string asset = "curves") => $$"""{"id":"p","assetId":"{{asset}}","title":"p","policy":{{policy}} }""";

    private static string CatalogRequest(string filter) => $$"""{"@context":["{{DspConstants.Context}}"],"@type":"CatalogRequestMessage","filter":[{{filter}}]}""";

    private static string TransferRequest(BadInputSpace space) => TransferRequest(space, space.StrangersAddress + "/dsp/2025-1");

    private static string TransferRequest(BadInputSpace space, string callback) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["@context"] = new[] { DspConstants.Context },
        ["@type"] = "TransferRequestMessage",
        ["consumerPid"] = "urn:uuid:1",
        ["agreementId"] = space.Contract.Agreement,
        ["format"] = DspConstants.HttpPull,
        ["callbackAddress"] = callback,
    });

    private static BadInputRow Product(string sent, string policy, string says, string code = "unsupported", int status = 422) =>
        Managed(sent, "POST", ManagementRoutes.Products, Definition(policy), status, code, "", says);

    private static BadInputRow AboutContract(string sent, string method, string target, Func<BadInputSpace, string> body, int status, string code, string where, string says) =>
        new(sent, Manage, status, code, where, says) { Attempts = space => [space.Manage(space.Consumer, method, target, body(space))] };

    private static BadInputRow Managed(string sent, string method, string target, string? body, int status, string code, string where, string says, string? header = null) =>
        new(sent, Manage, status, code, where, says)
        {
            Attempts = space => [space.Manage(target.StartsWith(ManagementRoutes.Products, StringComparison.Ordinal) || target.StartsWith(ManagementRoutes.Assets, StringComparison.Ordinal) ? space.Provider : space.Consumer, method, target, body) with { Header = header }],
        };

    private static BadInputRow WithHeader(string sent, Func<BadInputSpace, string> target, string header, int status, string code, string where, string says, string body = """{"reason":"none"}""") =>
        new(sent, Manage, status, code, where, says)
        {
            Attempts = space => [space.Manage(space.Provider, "POST", target(space), body) with { Header = header }],
        };

    private static BadInputRow ByStranger(
        string sent, string method, Func<BadInputSpace, string> target, Func<BadInputSpace, string>? body, int status, string code, string says) =>
        new(sent, Dsp, status, code, "", says)
        {
            Attempts = space =>
            {
                var attempt = new Attempt(space.Provider, method, "/dsp/2025-1" + target(space)) { Bearer = space.StrangersToken };
                return [body is null ? attempt : attempt.With(body(space))];
            },
        };

    private static BadInputRow AtData(
        string sent, Func<BadInputSpace, string?> token, int status, string code, string where, string says, string path = "", string? header = null, string method = "GET", Func<BadInputSpace, Action<HttpRequestMessage>>? sign = null) =>
        new(sent, Data, status, code, where, says)
        {
            Attempts = space => [new Attempt(space.Provider, method, $"/data/{space.Contract.Flow}{path}") { Bearer = token(space), Header = header, Sign = sign?.Invoke(space) ?? space.SignAsConsumer }],
        };

    private static BadInputRow AtConsume(
        string sent, Func<BadInputSpace, string?> secret, int status, string code, string where, string says, string path = "", string? purpose = "inference", Action<HttpRequestMessage>? with = null) =>
        new(sent, Consume, status, code, where, says)
        {
            Attempts = space =>
            [
                new Attempt(space.Consumer, "GET", $"/consume/{space.Contract.Agreement}{path}")
                {
                    Bearer = secret(space),
                    Header = purpose is null ? null : "Tds-Purpose: " + purpose,
                    Sign = with,
                },
            ],
        };
}
