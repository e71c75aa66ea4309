using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>An endpoint of a running service, as its router knows it: a new endpoint is under every general row by itself.</summary>
/// <param name="Client">Of its service.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Template">Route.</param>
/// <param name="Policy">Authorisation policy; null: open, or authenticates by itself.</param>
/// <param name="Parameters">Names of what it binds.</param>
/// <param name="IsManaged">Whether it belongs to a management interface, also when it serves members, too.</param>
/// <param name="BindsBody">Whether it binds a JSON document, required or not.</param>
internal sealed partial record KnownEndpoint(HttpClient Client, string Method, string Template, string? Policy, IReadOnlyList<string> Parameters, bool IsManaged, bool BindsBody)
{
    /// <summary>POST without a body, or refused whatever it holds.</summary>
    private static readonly string[] Bodiless =
    [
        AuthorityRoutes.Admission,
        AuthorityRoutes.Suspension,
        AuthorityRoutes.Departure,
        AuthorityRoutes.CredentialRevocation,
        AuthorityRoutes.CredentialSuspension,
        AuthorityRoutes.CredentialResumption,
        AuthorityRoutes.CredentialOffer,
        ManagementRoutes.MembershipDeparture,
        ManagementRoutes.NegotiationAcceptance,
        ManagementRoutes.NegotiationAgreement,
        ManagementRoutes.NegotiationVerification,
        ManagementRoutes.NegotiationFinalization,
        ManagementRoutes.TransferStarting,
        ManagementRoutes.TransferCompletion,
        KeyRoutes.Rotation,
        OAuthRoutes.AccountSecret,
        ManagementRoutes.WebhookRotation,
        "/data-tokens/{flow}",
    ];

    /// <summary>An object with nothing in it says something here.</summary>
    private static readonly string[] AllOptional = [ManagementRoutes.NegotiationRequest, ManagementRoutes.NegotiationOffer];

    /// <summary>The route with ids that nobody knows.</summary>
    public string Target => Fill(Template);

    /// <summary>A route with ids that nobody knows; where it asks for a number, with one.</summary>
    public static string Fill(string template) => RouteParameter().Replace(template, parameter => parameter.Value.Contains(":int", StringComparison.Ordinal) ? "0" : "no-such-thing");

    // Whose key is to be replaced says the caller's token, too: another id is not unknown but not the caller's.
    public bool HasId => RouteParameter().IsMatch(Template) && Template != AuthorityRoutes.ParticipantKey;

    public bool IsList => Takes("limit");

    /// <summary>Whether it reads a JSON document. The endpoints of OAuth and the token service read forms, an application to join and a new key are a JWS.</summary>
    public bool ReadsJson => Method is "POST" or "PUT" && !Bodiless.Contains(Template) && Template is not (DcpRoutes.SecureToken or AuthorityRoutes.Token or OAuthRoutes.Revoke or OAuthRoutes.Authorize or AuthorityRoutes.Applications or AuthorityRoutes.ParticipantKey or AuthorityRoutes.Payments);

    /// <summary>Whether the document must hold something.</summary>
    public bool RequiresSomething => ReadsJson && !AllOptional.Contains(Template);

    public bool Takes(string parameter) => Parameters.Contains(parameter, StringComparer.OrdinalIgnoreCase);

    public bool IsForSpace => Policy == ServiceHost.SpacePolicy;

    // All but OPA's Data API, whose errors and empty answers are OPA's, and the interfaces of DCP, whose callers make their credentials themselves: they have tests of their own.
    public static IEnumerable<KnownEndpoint> Of(TestSpace space, HttpClient client) =>
        from endpoint in space.Behind(client).Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        where endpoint.RoutePattern.RawText != DataApiRoutes.Data && endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy != SelfIssuedScheme.Name
        select new KnownEndpoint(
            client,
            method,
            "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
            endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy,
            [.. endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>().Select(parameter => parameter.Name)],
            endpoint.Metadata.GetMetadata<ManagementArea>() is not null,
            endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not null);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex RouteParameter();
}
