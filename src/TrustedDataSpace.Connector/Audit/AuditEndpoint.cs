using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Audit;

/// <summary>The authority of this space asks, for an auditor, what this connector has of what stands in the log. It proves itself with a self-issued ID token.</summary>
internal static class AuditEndpoint
{
    public static void AddAudit(this IServiceCollection services) => services.AddSingleton<AuditRecords>();

    public static void MapAudit(this IEndpointRouteBuilder app) => app.MapPost(AuditInquiry.Route, AnswerAsync).RequireAuthorization(SelfIssuedScheme.Name);

    private static async Task<Ok<AuditInquiryAnswer>> AnswerAsync(AuditInquiry inquiry, HttpContext context, AuditRecords records, ConnectorSettings settings) =>
        SelfIssuedScheme.TokenOf(context).Issuer.Value == settings.Authority.Id
            ? TypedResults.Ok(await records.AnswerAsync(inquiry))
            : throw new RefusalException(RefusalCode.Forbidden, "Only the authority of this space asks here.") { Term = "iss" };
}
