using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Credentials;

internal static class CredentialEndpoints
{
    // A minute is what a verifier may be behind at most; one who wants to know at once waits for the change.
    private const string StatusCaching = "public, max-age=30";
    private const string SchemaCaching = "public, max-age=3600";

    public static IServiceCollection AddCredentials(this IServiceCollection services) => services
        .AddSingleton<CredentialTypes>()
        .AddSingleton<CredentialStore>()
        .AddSingleton<CredentialRegister>()
        .AddSingleton<CredentialSigner>()
        .AddSingleton<MemberCredentials>()
        .AddSingleton<CredentialService>()
        .AddSingleton<StatusListPublisher>();

    public static void MapCredentials(this IEndpointRouteBuilder app)
    {
        // Read here: documents that cannot be used stop the start.
        _ = app.ServiceProvider.GetRequiredService<CredentialTypes>();

        // Open to all: a verifier is anybody to whom a credential is shown, and what is published is signed.
        app.MapGet(AuthorityRoutes.StatusList, StatusAsync);
        app.MapGet(AuthorityRoutes.CredentialSchema, Schema);

        var operators = app.MapManagement("credentials");
        operators.MapGet(AuthorityRoutes.CredentialTypes, (CredentialTypes types) => TypedResults.Ok(types.All.Select(KindOf)));
        operators.MapGet(AuthorityRoutes.Credentials, List);
        operators.MapGet(AuthorityRoutes.Credential, (string id, CredentialStore store) => TypedResults.Ok((store.Find(id) ?? throw CredentialService.Unknown()).ToRecord()));
        operators.MapPost(AuthorityRoutes.Credentials, IssueAsync);
        operators.MapPost(AuthorityRoutes.CredentialRevocation, (string id, CredentialStep? step, CredentialService service) => service.RevokeAsync(id, step?.Reason));
        operators.MapPost(AuthorityRoutes.CredentialSuspension, (string id, CredentialStep? step, CredentialService service) => service.SuspendAsync(id, step?.Reason));
        operators.MapPost(AuthorityRoutes.CredentialResumption, (string id, CredentialStep? step, CredentialService service) => service.ResumeAsync(id, step?.Reason));
    }

    private static async Task<Created<IssuedCredential>> IssueAsync(CredentialOrder order, CredentialService service)
    {
        var issued = await service.IssueAsync(order);
        return TypedResults.Created(AuthorityRoutes.ForCredential(issued.Id), issued);
    }

    private static Ok<Page<IssuedCredential>> List(string? holder, string? type, int? limit, string? cursor, CredentialStore store)
    {
        var most = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(store.Page(holder, type, Paging.After(cursor), most + 1), most, row => row.ToRecord(), row => row.Id));
    }

    private static async Task<IResult> StatusAsync(
        long list, string purpose, string form, HttpContext context, StatusListPublisher publisher, IHostApplicationLifetime lifetime)
    {
        var which = (list, purpose, Profile: ProfileOf(purpose, form));
        var known = context.Request.GetTypedHeaders().IfNoneMatch;
        var published = publisher.Current(list, purpose, which.Profile);
        if (PreferredWait.Of(context.Request) is var wait && wait > TimeSpan.Zero && known.Contains(published.ETag))
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, context.RequestAborted);
            try
            {
                published = await publisher.OtherThanAsync(published, which, wait, end.Token);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                // The service ends: whoever waits is answered with what there is.
            }
        }

        context.Response.Headers.CacheControl = StatusCaching;
        return TypedResults.Bytes(published.Bytes, StatusListCredential.MediaType(which.Profile), entityTag: published.ETag);
    }

    private static JsonHttpResult<System.Text.Json.JsonElement> Schema(string type, HttpResponse response, CredentialTypes types)
    {
        response.Headers.CacheControl = SchemaCaching;
        return TypedResults.Json(types.Get(type).Schema, contentType: "application/schema+json");
    }

    private static CredentialProfile ProfileOf(string purpose, string form) =>
        purpose is CredentialStatusEntry.Revocation or CredentialStatusEntry.Suspension && Enum.GetValues<CredentialProfile>().Any(one => CredentialSigner.FormOf(one) == form)
            ? Enum.GetValues<CredentialProfile>().Single(one => CredentialSigner.FormOf(one) == form)
            : throw new RefusalException(RefusalCode.NotFound, "There is no such status list.");

    private static CredentialKind KindOf(CredentialType type) => new(type.Name, type.Title, type.Source, type.Schema);
}
