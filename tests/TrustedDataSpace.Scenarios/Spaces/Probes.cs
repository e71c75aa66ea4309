using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>One way to name a thing to an endpoint: <see cref="Id"/> stands in its address, its query or its body.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Route">As the router knows it.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Body">JSON, or none.</param>
/// <param name="Policy">Authorisation policy; null: open, or authenticates by itself.</param>
internal sealed partial record Probe(string Method, string Route, string Target, string? Body, string? Policy)
{
    /// <summary>Stands where the id goes.</summary>
    public const string Id = "~ID~";

    /// <summary>Whether the id names the thing that the endpoint is about: then one that is not there is answered with 404.</summary>
    public bool IsByAddress => Target.Split('?')[0].Contains(Id, StringComparison.Ordinal);

    /// <summary>All ways to name something to a service, over all its endpoints: a new endpoint is among them by itself.</summary>
    public static IReadOnlyList<Probe> Of(IServiceProvider service) =>
    [
        .. from endpoint in service.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]
           from probe in Of(
               method,
               "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
               endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy : null,
               [.. endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>().Select(parameter => parameter.Name)])
           select probe,
    ];

    /// <summary>The lists and single things that need no id.</summary>
    public static IEnumerable<Probe> Lists(IServiceProvider service) =>
        from endpoint in service.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let route = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        where endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true && !Parameter().IsMatch(route)
        select new Probe("GET", route, route, null, endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy : null);

    private static IEnumerable<Probe> Of(string method, string route, string? policy, IReadOnlyList<string> parameters)
    {
        var body = Bodies.FirstOrDefault(known => route.EndsWith(known.Route, StringComparison.Ordinal)).Body;
        if (Parameter().IsMatch(route))
        {
            var target = Parameter().Replace(route, parameter => parameter.Value.Contains(":long", StringComparison.Ordinal) || parameter.Value.Contains(":int", StringComparison.Ordinal) ? "1" : Id);
            yield return new Probe(method, route, target, method is "POST" or "PUT" ? body ?? "{}" : null, policy);
        }
        else if (method is "POST" && body is not null)
        {
            yield return new Probe(method, route, route, body, policy);
        }
        else if (method is "GET")
        {
            foreach (var name in Queries.Where(name => parameters.Contains(name, StringComparer.OrdinalIgnoreCase)))
            {
                yield return new Probe(method, route, $"{route}?{name}={Id}", null, policy);
            }
        }
    }

    private static readonly string[] Queries = ["agreement", "process", "product", "asset", "subject", "counterparty", "flow", "q", "holder", "participant"];

    private static readonly (string Route, string Body)[] Bodies =
    [
        (ManagementRoutes.NegotiationTermination, """{"reason":"none"}"""),
        (ManagementRoutes.AgreementTermination, """{"reason":"none"}"""),
        (ManagementRoutes.TransferTermination, """{"reason":"none"}"""),
        (ManagementRoutes.TransferSuspension, """{"reason":"none"}"""),
        (ManagementRoutes.AgreementDestruction, """{"statement":"gone"}"""),
        (ManagementRoutes.WebhookReplaying, """{"after":"0"}"""),
        (ManagementRoutes.SettlementSignature, """{"hash":"none"}"""),
        (ManagementRoutes.SignalByName, """{"value":"on"}"""),
        (ManagementRoutes.Products, $$"""{"id":"probe","assetId":"{{Id}}","title":"probe","policy":{"@type":"Offer","permission":[{"action":"use"}],"tds:meter":{"unit":"request"} } }"""),
        (ManagementRoutes.Negotiations, $$"""{"provider":"{{TestSpace.Grid}}","datasetId":"{{Id}}","offerId":"offer:{{Id}}:1"}"""),
        (ManagementRoutes.Transfers, $$"""{"agreementId":"{{Id}}"}"""),
        (ManagementRoutes.Applications, $$"""{"name":"probe","person":"probe","agreements":["{{Id}}"],"purposes":["inference"]}"""),
        (ManagementRoutes.CatalogCoverage, $$"""{"provider":"{{TestSpace.Grid}}","datasetId":"{{Id}}"}"""),
        (ManagementRoutes.WhatIf, $$"""{"agreement":"{{Id}}","plan":{} }"""),
        (ManagementRoutes.EvidenceLogAcceptance, $$"""{"root":"{{Id}}"}"""),
        (UsageInquiry.Route, $$"""{"role":"CONSUMER","flow":"{{Id}}","interval":0}"""),
        (AuditInquiry.Route, $$"""{"entries":["{{Id}}"],"flows":["{{Id}}"],"agreements":["{{Id}}"],"intervals":[{"flow":"{{Id}}","interval":1}]}"""),
        (DspRouteTemplates.TransferRequest, Message("TransferRequestMessage", $$""" "consumerPid":"urn:uuid:1","agreementId":"{{Id}}","format":"{{DspConstants.HttpPull}}","callbackAddress":"http://127.0.0.1:9/" """)),
        (DspRouteTemplates.NegotiationCounterRequest, Message("ContractRequestMessage", Pids + $$""","offer":{"@type":"Offer","@id":"o","target":"{{Id}}","permission":[{"action":"use"}]}""")),
        (DspRouteTemplates.NegotiationEvents, Message("ContractNegotiationEventMessage", Pids + ""","eventType":"ACCEPTED" """)),
        (DspRouteTemplates.NegotiationVerification, Message("ContractAgreementVerificationMessage", Pids)),
        (DspRouteTemplates.NegotiationAgreement, Message("ContractAgreementMessage", Pids + $$""","agreement":{"@type":"Agreement","@id":"a","target":"{{Id}}","assigner":"{{TestSpace.Vpp}}","assignee":"{{TestSpace.Grid}}","timestamp":"2026-05-12T00:00:00Z","permission":[{"action":"use"}]}""")),
        (DspRouteTemplates.NegotiationTermination, Message("ContractNegotiationTerminationMessage", Pids)),
        (DspRouteTemplates.Negotiation + "/offers", Message("ContractOfferMessage", Pids + $$""","offer":{"@type":"Offer","@id":"o","target":"{{Id}}","permission":[{"action":"use"}]}""")),
        (DspRouteTemplates.TransferStart, Message("TransferStartMessage", Pids)),
        (DspRouteTemplates.TransferCompletion, Message("TransferCompletionMessage", Pids)),
        (DspRouteTemplates.TransferSuspension, Message("TransferSuspensionMessage", Pids)),
        (DspRouteTemplates.TransferTermination, Message("TransferTerminationMessage", Pids)),
        (DspRouteTemplates.NestedCatalog, Message("CatalogRequestMessage", """ "filter":[]""")),
        (DspRouteTemplates.Catalog, Message("CatalogRequestMessage", $$""" "filter":[{"@type":"tds:CatalogFilter","text":"{{Id}}"}]""")),
    ];

    private const string Pids = $$""" "providerPid":"{{Id}}","consumerPid":"{{Id}}" """;

    private static string Message(string type, string members) => $$"""{"@context":["{{DspConstants.Context}}"],"@type":"{{type}}",{{members}} }""";

    /// <summary>With that id in it.</summary>
    public Probe With(string id) => this with
    {
        Target = Target.Replace(Id, Uri.EscapeDataString(id), StringComparison.Ordinal),
        Body = Body?.Replace(Id, id, StringComparison.Ordinal),
    };

    public override string ToString() => $"{Method} {Target}";

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
