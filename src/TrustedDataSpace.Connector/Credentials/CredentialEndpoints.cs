using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>The Credential Service of this participant (DCP §5, §6), its secure token service, and what the management interface shows of both.</summary>
internal static class CredentialEndpoints
{
    /// <summary>Base of the Credential Service, below the address of a connector.</summary>
    public const string Base = "/dcp";

    private const string Fragment = "#credentials";
    private const int LargestBody = 2 * 1024 * 1024;

    private static readonly RefusalRendering Errors = new((context, refusal) => (
        DcpErrors.HttpStatus(refusal.Code),
        ProblemDocument.From(refusal, refusal.Code == RefusalCode.Internal ? context.TraceIdentifier : null) with { Status = DcpErrors.HttpStatus(refusal.Code) }));

    public static void MapCredentials(this IEndpointRouteBuilder app)
    {
        var holder = app.MapGroup(Base).RequireAuthorization(SelfIssuedScheme.Name).WithMetadata(Errors);
        holder.MapPost(DcpRoutes.PresentationQuery, QueryAsync);
        holder.MapPost(DcpRoutes.Credentials, TakeCredentialsAsync);
        holder.MapPost(DcpRoutes.Offers, TakeOfferAsync);
        app.MapPost(DcpRoutes.SecureToken, SecureTokenService.GiveAsync);

        var group = app.MapManagement("credentials");
        group.MapGet(ManagementRoutes.Credentials, ([AsParameters] PageRequest page, CredentialRequests requests) => requests.ListHeld(page));
        group.MapDelete(ManagementRoutes.CredentialById, DropAsync);
        group.MapPost(ManagementRoutes.CredentialRequests, StartAsync);
        group.MapGet(ManagementRoutes.CredentialRequests, ([AsParameters] PageRequest page, CredentialRequests requests) => requests.List(page));
        group.MapGet(ManagementRoutes.CredentialRequestById, GetAsync);
        group.MapGet(ManagementRoutes.CredentialOffers, ([AsParameters] PageRequest page, CredentialRequests requests) => requests.ListOffers(page));
    }

    /// <summary>What the participant's DID document says about its Credential Service (DCP §5.2).</summary>
    public static DidService Service(string participant, string address) => new(participant + Fragment, DcpConstants.CredentialService, address + Base);

    private static async Task<IResult> QueryAsync(HttpContext context, PresentationAnswers answers)
    {
        var query = await ReadAsync<PresentationQueryMessage>(context);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(DcpJson.Write(answers.Answer(SelfIssuedScheme.TokenOf(context), query)), "application/json");
    }

    private static async Task<Ok> TakeCredentialsAsync(HttpContext context, CredentialReceiver receiver)
    {
        await receiver.TakeAsync(SelfIssuedScheme.TokenOf(context).Issuer, await ReadAsync<CredentialMessage>(context), context.RequestAborted);
        return TypedResults.Ok();
    }

    private static async Task<Ok> TakeOfferAsync(HttpContext context, OfferReceiver receiver)
    {
        await receiver.TakeAsync(SelfIssuedScheme.TokenOf(context).Issuer, await ReadAsync<CredentialOfferMessage>(context), context.RequestAborted);
        return TypedResults.Ok();
    }

    private static async Task<Created<CredentialRequestView>> StartAsync(CredentialRequestStart start, CredentialRequests requests)
    {
        var request = await requests.StartAsync(start);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.CredentialRequestById, request.Id), request);
    }

    private static Task<CredentialRequestView> GetAsync(string id, string? after, HttpRequest request, CredentialRequests requests) =>
        requests.WaitAsync(id, after ?? CredentialRequestStates.Requested, PreferredWait.Of(request), request.HttpContext.RequestAborted);

    private static async Task<NoContent> DropAsync(string id, CredentialRequests requests)
    {
        await requests.DropAsync(id);
        return TypedResults.NoContent();
    }

    private static async Task<T> ReadAsync<T>(HttpContext context)
        where T : IDcpMessage
    {
        MediaTypeRefusal.RequireJson(context.Request);
        return DcpJson.Read<T>(await RequestBodies.ReadAsync(context, LargestBody));
    }
}
