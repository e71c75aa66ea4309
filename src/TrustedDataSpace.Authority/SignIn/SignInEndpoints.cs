using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.SignIn;

internal static class SignInEndpoints
{
    private const string CookieName = "tds-sign-in";

    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        // Keys in memory: they protect a page while it is open, and a restart may close it.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = CookieName;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.HttpOnly = true;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;
        });
        services.TryAddSingleton(_ => new Passwords());
        return services
            .AddSingleton<AccountStore>()
            .AddSingleton<SignInStore>()
            .AddSingleton<AccountService>()
            .AddSingleton<ClientService>()
            .AddSingleton<SignInService>()
            .AddSingleton<SignInAttempts>()
            .AddSingleton<Audiences>()
            .AddSingleton<ManagementTokens>()
            .AddSingleton<TokenGrants>()
            .AddOwnIssuer(provider => new OwnIssuer(
                provider.GetRequiredService<TokenIssuer>().Issuer,
                provider.GetRequiredService<Audiences>().Own,
                provider.GetRequiredService<TokenIssuer>().ValidationKeys,
                token => StillCounts(token, provider.GetRequiredService<SignInStore>(), provider.GetRequiredService<ClientService>())));
    }

    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapAuthorize();
        app.MapPost(OAuthRoutes.Revoke, RevokeAsync).WithMetadata(OAuthError.Rendering);

        var accounts = app.MapManagement("accounts");
        accounts.MapPost(OAuthRoutes.Accounts, CreateAsync);
        accounts.MapGet(OAuthRoutes.Accounts, List);
        accounts.MapDelete(OAuthRoutes.Account, DisableAsync);
        accounts.MapPost(OAuthRoutes.AccountSecret, ResetAsync);

        var clients = app.MapManagement("clients");
        clients.MapPost(OAuthRoutes.Clients, RegisterAsync);
        clients.MapGet(OAuthRoutes.Clients, ListClients);
        clients.MapDelete(OAuthRoutes.Client, RemoveAsync);
    }

    // A person's token ends with what it came from, a machine's with its registration: here at once, elsewhere by its own end.
    private static bool StillCounts(ClaimsPrincipal token, SignInStore signIns, ClientService clients) => token.FindFirstValue("sid") is { } signIn
        ? signIns.IsOpen(signIn)
        : token.FindFirstValue("client_id") is { } client && clients.Find(client) is { SecretHash: not null };

    private static async Task<Created<AccountSecret>> CreateAsync(AccountDefinition definition, ClaimsPrincipal user, AccountService service, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        var made = await service.CreateAsync(definition, user);
        return TypedResults.Created(OAuthRoutes.For(OAuthRoutes.Account, made.Account.Id), made);
    }

    private static Ok<Page<AccountView>> List(int? limit, string? cursor, AccountStore store, TimeProvider clock)
    {
        var most = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(store.Page(Paging.After(cursor), most + 1), most, row => row.ToView(clock.GetUtcNow()), row => row.Id));
    }

    private static async Task<NoContent> DisableAsync(string id, ClaimsPrincipal user, AccountService service)
    {
        await service.DisableAsync(id, user);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<AccountSecret>> ResetAsync(string id, ClaimsPrincipal user, AccountService service, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(await service.ResetAsync(id, user));
    }

    private static async Task<Created<ClientSecret>> RegisterAsync(ClientDefinition definition, ClaimsPrincipal user, ClientService service, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        var made = await service.RegisterAsync(definition, user);
        return TypedResults.Created(OAuthRoutes.For(OAuthRoutes.Client, made.Client.Id), made);
    }

    private static Ok<Page<ClientView>> ListClients(int? limit, string? cursor, AccountStore store)
    {
        var most = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(store.ClientPage(Paging.After(cursor), most + 1), most, row => row.ToView(), row => row.Id));
    }

    private static async Task<NoContent> RemoveAsync(string id, ClientService service)
    {
        await service.RemoveAsync(id);
        return TypedResults.NoContent();
    }

    // RFC 7009 §2.2: what is not known here, or another client's, is answered as if it had been revoked.
    private static async Task<Ok> RevokeAsync(HttpContext context, ClientService clients, TokenIssuer issuer, Database database, EvidenceTrail evidence)
    {
        var form = await OAuthForm.ReadAsync(context.Request, context.RequestAborted);
        var client = ClientAuthentication.Require(context, form, clients);
        var token = form.Required("token");
        var ofAccess = SignInOf(token, client, issuer);
        await database.WriteAsync(unit =>
        {
            var id = ofAccess ?? SignInStore.FindRefresh(unit, SecretHashes.Hash(token))?.SignIn;
            if (id is not null && SignInStore.Find(unit, id) is { } signIn && signIn.Client == client.Id)
            {
                SignInStore.Revoke(unit, evidence, id, "by_client");
            }
        });
        return TypedResults.Ok();
    }

    private static string? SignInOf(string token, ClientRow client, TokenIssuer issuer)
    {
        JsonElement claims;
        try
        {
            claims = ProtocolJson.Parse(Jws.Verify(token, [.. issuer.Keys.PublicKeys()], TokenTypes.AccessToken));
        }
        catch (RefusalException)
        {
            return null;
        }

        if (Text(claims, "client_id") != client.Id)
        {
            return null;
        }

        return Text(claims, "sid") ?? throw new RefusalException(RefusalCode.Unsupported, "A machine's access token ends by itself, or with its client.") { Term = OAuthError.TokenTypeTerm };
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
