using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>The Issuer Service of the authority (DCP §6).</summary>
internal static class IssuanceEndpoints
{
    private const string MediaType = "application/json";
    private const string Fragment = "#issuer";
    private const int LargestBody = 64 * 1024;

    private static readonly RefusalRendering Errors = new((_, refusal) => (DcpErrors.HttpStatus(refusal.Code), ProblemDocument.From(refusal)));

    public static IServiceCollection AddIssuance(this IServiceCollection services) => services
        .AddSingleton<Holders>()
        .AddSingleton<DidLocator>(provider => provider.GetRequiredService<Holders>().LocateAsync)
        .AddSingleton<HolderServices>()
        .AddSingleton<CredentialObjects>()
        .AddSingleton<CredentialCodes>()
        .AddSingleton<RequestStore>()
        .AddSingleton<DeliveryQueue>()
        .AddSingleton<CredentialRequests>()
        .AddSingleton<CredentialSecrets>()
        .AddSingleton<IOutboxHandler, CredentialDelivery>()
        .AddSingleton<IOutboxHandler, OfferDelivery>();

    public static void MapIssuance(this IEndpointRouteBuilder app)
    {
        // Open to all: what is issued is no secret, and whoever wants to ask must know how.
        app.MapGet(AuthorityRoutes.IssuerService + DcpRoutes.Metadata, (CredentialObjects objects) => Results.Bytes(DcpJson.Write(objects.Metadata()), MediaType));

        var holders = app.MapGroup(AuthorityRoutes.IssuerService).RequireAuthorization(SelfIssuedScheme.Name).WithMetadata(Errors);
        holders.MapPost(DcpRoutes.Credentials, TakeAsync);
        holders.MapGet(DcpRoutes.Request, Status);

        var operators = app.MapManagement("credentials");
        operators.MapPost(AuthorityRoutes.CredentialCodes, (CredentialCodeOrder order, CredentialCodes codes) => codes.CreateAsync(order));
        operators.MapPost(AuthorityRoutes.CredentialOffer, OfferAsync);
    }

    /// <summary>What the authority's DID document says about its Issuer Service (DCP §6.3).</summary>
    public static DidService Service(string authority, string address) => new(authority + Fragment, DcpConstants.IssuerService, address + AuthorityRoutes.IssuerService);

    private static async Task<IResult> TakeAsync(HttpContext context, Holders holders, CredentialRequests requests, ServiceAddress address)
    {
        var token = SelfIssuedScheme.TokenOf(context);
        var member = holders.Require(token, BearerToken.Read(context.Request)!);
        MediaTypeRefusal.RequireJson(context.Request);
        var pid = await requests.TakeAsync(member, token, DcpJson.Read<CredentialRequestMessage>(await RequestBodies.ReadAsync(context, LargestBody)));
        return Results.Created($"{address.Url}{AuthorityRoutes.IssuerService}{DcpRoutes.ForRequest(pid)}", value: null);
    }

    private static IResult Status(string id, HttpContext context, Holders holders, RequestStore requests)
    {
        var member = holders.Require(SelfIssuedScheme.TokenOf(context), BearerToken.Read(context.Request)!);

        // Whose request it is not learns no more of it than of one that there is not.
        return requests.Find(id) is { } request && request.Holder == member.Id
            ? Results.Bytes(DcpJson.Write(request.ToStatus()), MediaType)
            : throw new RefusalException(RefusalCode.NotFound, "There is no such request of this holder.");
    }

    private static async Task<IResult> OfferAsync(string id, Database database, DeliveryQueue queue)
    {
        await database.WriteAsync(unit =>
        {
            var row = CredentialStore.Find(unit, id) is { } found && found.IsAlive(unit.Now) ? found : throw CredentialService.Unknown();
            queue.AddOffer(unit, row.Holder, row.Type, "issuance");
            unit.Concerns(row.Id);
        });
        return Results.Accepted();
    }
}
