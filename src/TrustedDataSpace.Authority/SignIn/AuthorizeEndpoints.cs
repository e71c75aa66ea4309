using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.WebUtilities;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>The authorisation endpoint. Nobody stays signed in here: each request asks for the password, so there is no session to ride on.</summary>
internal static class AuthorizeEndpoints
{
    public static void MapAuthorize(this IEndpointRouteBuilder app)
    {
        app.MapGet(OAuthRoutes.Authorize, (HttpContext context, ClientService clients, TokenIssuer issuer, IAntiforgery antiforgery) =>
            PageAsync(context, clients, issuer, request => ShowAsync(context, request, antiforgery, choose: false, problem: null)));
        app.MapPost(OAuthRoutes.Authorize, (HttpContext context, ClientService clients, TokenIssuer issuer, IAntiforgery antiforgery, SignInService service, SignInAttempts attempts, Audiences audiences) =>
            PageAsync(context, clients, issuer, request => SignInAsync(context, request, issuer, antiforgery, service, attempts, audiences)));
    }

    private static async Task PageAsync(HttpContext context, ClientService clients, TokenIssuer issuer, Func<AuthorizationRequest, Task> work)
    {
        try
        {
            var (request, error) = AuthorizationRequest.Read(context.Request.Query, clients).ReadRest(context.Request.Query);
            if (error is not null)
            {
                SendBack(context, request, issuer, "error", error);
                return;
            }

            await work(request);
        }
        catch (RefusalException refusal) when (!context.Response.HasStarted)
        {
            await SignInPage.ProblemAsync(context, RefusalStatus.HttpStatus(refusal.Code), refusal.Message);
        }
    }

    private static async Task SignInAsync(
        HttpContext context, AuthorizationRequest request, TokenIssuer issuer, IAntiforgery antiforgery, SignInService service, SignInAttempts attempts, Audiences audiences)
    {
        attempts.Count(context);
        var form = await OAuthForm.ReadAsync(context.Request, context.RequestAborted);
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            await ShowAsync(context, request, antiforgery, choose: false, "This page was open for too long, or came from elsewhere. Try again.", 400);
            return;
        }

        var chosen = form.Optional("new");
        var outcome = await service.CheckAsync(form.Optional("name") ?? "", Limited(form.Optional("password")), chosen is null ? null : Limited(chosen), form.Optional("repeat"));
        if (outcome.Account is not { } account)
        {
            var problem = outcome.Problem ?? (outcome.ChoosesPassword
                ? "This is a one-time secret: type it once more, and choose your password."
                : "Name or password is wrong, or the account is locked for now.");
            await ShowAsync(context, request, antiforgery, outcome.ChoosesPassword, problem, outcome.ChoosesPassword ? 200 : 403);
            return;
        }

        if (audiences.Of(account.Participant) is not { } audience || (request.Resource is { } resource && resource != audience))
        {
            SendBack(context, request, issuer, "error", "invalid_target");
            return;
        }

        SendBack(context, request, issuer, "code", await service.GiveCodeAsync(request, account));
    }

    private static Task ShowAsync(HttpContext context, AuthorizationRequest request, IAntiforgery antiforgery, bool choose, string? problem, int status = 200)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return SignInPage.FormAsync(context, request, tokens.FormFieldName, tokens.RequestToken!, choose, problem, status);
    }

    // 303: what was posted here, the password, must not be posted on (RFC 9700 §4.12). iss: RFC 9207.
    private static void SendBack(HttpContext context, AuthorizationRequest request, TokenIssuer issuer, string name, string value)
    {
        var answer = new Dictionary<string, string?> { [name] = value, ["iss"] = issuer.Issuer };
        if (request.State is not null)
        {
            answer["state"] = request.State;
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.Location = QueryHelpers.AddQueryString(request.RedirectUri, answer);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
    }

    private static string Limited(string? text) => text is { Length: > Passwords.Longest } ? "" : text ?? "";
}

/// <summary>Counts tries by the caller's address: checking a password costs much more than asking for it.</summary>
internal sealed class SignInAttempts : IDisposable
{
    /// <summary>Tries of one address in a minute.</summary>
    public const int MostInAMinute = 30;

    private readonly PartitionedRateLimiter<IPAddress> limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new FixedWindowRateLimiterOptions { PermitLimit = MostInAMinute, Window = TimeSpan.FromMinutes(1) }));

    /// <exception cref="RefusalException">QuotaExhausted.</exception>
    public void Count(HttpContext context)
    {
        using var lease = limiter.AttemptAcquire(context.Connection.RemoteIpAddress ?? IPAddress.None);
        if (!lease.IsAcquired)
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostInAMinute} tries came from this address within a minute. Try again in a minute.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();
}
