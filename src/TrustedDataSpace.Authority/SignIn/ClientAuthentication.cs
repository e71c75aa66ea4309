using System.Text;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Which client asks, proven by its secret where it has one (RFC 6749 §2.3.1).</summary>
internal static class ClientAuthentication
{
    private const string Basic = "Basic ";

    /// <exception cref="RefusalException">Unauthenticated (invalid_client), or Malformed.</exception>
    public static ClientRow Require(HttpContext context, OAuthForm form, ClientService clients)
    {
        var (id, secret, byHeader) = Given(context.Request, form);
        var client = id is null ? null : clients.Find(id);
        if (client is null || (client.SecretHash is null ? secret is not null : secret is null || !ClientService.Matches(client, secret)))
        {
            if (byHeader)
            {
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"token endpoint\"";
            }

            throw new RefusalException(RefusalCode.Unauthenticated, "The client is not registered here, or its secret is wrong.") { Term = "client_id" };
        }

        return client;
    }

    private static (string? Id, string? Secret, bool ByHeader) Given(HttpRequest request, OAuthForm form)
    {
        var (id, secret) = (form.Optional("client_id"), form.Optional("client_secret"));
        if (request.Headers.Authorization is not [{ } header])
        {
            return (id, secret, false);
        }

        // One way at a time (RFC 6749 §2.3), and one client.
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) || secret is not null || Decoded(header[Basic.Length..].Trim()) is not [var user, var password]
            || (id is not null && id != user))
        {
            throw OAuthForm.Refuse("authorization", "a client authenticates once, by Basic or by client_id and client_secret");
        }

        return (user, password, true);
    }

    private static string[]? Decoded(string credentials)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(credentials));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : [FormDecoded(text[..colon]), FormDecoded(text[(colon + 1)..])];
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string FormDecoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
