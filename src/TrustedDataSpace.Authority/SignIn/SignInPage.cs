using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>The pages that people see when they sign in: no script, nothing loaded from anywhere, no frame around them.</summary>
internal static class SignInPage
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:12vh auto;padding:0 1rem;color:#1a1a1a;background:#fafafa}"
        + "label{display:block;margin-top:1rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #888;border-radius:4px}"
        + "button{font:inherit;margin-top:1.5rem;width:100%;padding:.6rem;border:0;border-radius:4px;background:#0b5cab;color:#fff}"
        + ".problem{border-left:4px solid #b00020;padding-left:.75rem}code{overflow-wrap:anywhere}";

    private static readonly string StyleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>Name and password; where a password is to be chosen, that too.</summary>
    public static Task FormAsync(HttpContext context, AuthorizationRequest request, string antiforgeryField, string antiforgery, bool choose, string? problem, int status = 200)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<h1>Sign in</h1><p><b>{Text(request.Client.Id)}</b> asks to act in your name");
        body.Append(request.Scope.Length == 0 ? "." : $", for: <code>{Text(request.Scope)}</code>.");
        body.Append(CultureInfo.InvariantCulture, $" You go back to <code>{Text(OriginOf(request.RedirectUri))}</code>.</p>");
        if (problem is not null)
        {
            body.Append(CultureInfo.InvariantCulture, $"<p class=\"problem\" role=\"alert\">{Text(problem)}</p>");
        }

        // Without an action the form goes to the address of the page: the request stays what it was.
        body.Append(CultureInfo.InvariantCulture, $"<form method=\"post\"><input type=\"hidden\" name=\"{Text(antiforgeryField)}\" value=\"{Text(antiforgery)}\">");
        body.Append("<label>Name<input name=\"name\" autocomplete=\"username\" maxlength=\"64\" required autofocus></label>");
        body.Append(CultureInfo.InvariantCulture, $"<label>{(choose ? "One-time secret" : "Password")}<input name=\"password\" type=\"password\" autocomplete=\"{(choose ? "off" : "current-password")}\" maxlength=\"{Passwords.Longest}\" required></label>");
        if (choose)
        {
            body.Append(CultureInfo.InvariantCulture, $"<label>New password ({Passwords.Shortest} characters or more)<input name=\"new\" type=\"password\" autocomplete=\"new-password\" minlength=\"{Passwords.Shortest}\" maxlength=\"{Passwords.Longest}\" required></label>");
            body.Append(CultureInfo.InvariantCulture, $"<label>New password again<input name=\"repeat\" type=\"password\" autocomplete=\"new-password\" maxlength=\"{Passwords.Longest}\" required></label>");
        }

        body.Append("<button>Sign in</button></form>");
        return WriteAsync(context, status, body.ToString(), "'self' " + OriginOf(request.RedirectUri));
    }

    /// <summary>What is wrong, where nobody can be sent back.</summary>
    public static Task ProblemAsync(HttpContext context, int status, string problem) =>
        WriteAsync(context, status, $"<h1>Sign in</h1><p class=\"problem\" role=\"alert\">{Text(problem)}</p>", "'none'");

    private static Task WriteAsync(HttpContext context, int status, string body, string formAction)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";

        // The address that people go back to after the form counts as its target in some browsers.
        response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{StyleHash}'; form-action {formAction}; frame-ancestors 'none'; base-uri 'none'";
        return response.WriteAsync(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Sign in</title><style>{Style}</style></head><body>{body}</body></html>",
            context.RequestAborted);
    }

    private static string OriginOf(string uri) => new Uri(uri).GetLeftPart(UriPartial.Authority);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
