namespace TrustedDataSpace.Protocol.Authority;

/// <summary>Where people and machines sign in at the authority, and where their accounts are kept.</summary>
public static class OAuthRoutes
{
    /// <summary>GET: the sign-in page of an authorisation request (RFC 6749 §4.1); POST: its form.</summary>
    public const string Authorize = "/oauth2/authorize";

    /// <summary>POST: a token counts no more (RFC 7009).</summary>
    public const string Revoke = "/oauth2/revoke";

    /// <summary>POST <see cref="AccountDefinition"/>: 201 with <see cref="AccountSecret"/>; GET a page of <see cref="AccountView"/>.</summary>
    public const string Accounts = AuthorityRoutes.Api + "/accounts";

    /// <summary>DELETE: nobody signs in with it any more.</summary>
    public const string Account = Accounts + "/{id}";

    /// <summary>POST: a new one-time secret in place of the password; opens a disabled or locked account again.</summary>
    public const string AccountSecret = Account + "/secret";

    /// <summary>POST <see cref="ClientDefinition"/>: 201 with <see cref="ClientSecret"/>; GET a page of <see cref="ClientView"/>.</summary>
    public const string Clients = AuthorityRoutes.Api + "/clients";

    /// <summary>DELETE: the client, and all that was signed in with it, ends.</summary>
    public const string Client = Clients + "/{id}";

    /// <summary>The client <c>tds login</c> signs in as: known without registration, public, on loopback.</summary>
    public const string CliClient = "tds-cli";

    /// <summary>The path that <see cref="CliClient"/> listens on; any port of 127.0.0.1 or [::1] (RFC 8252 §7.3).</summary>
    public const string CliRedirectPath = "/callback";

    /// <summary>The audience of tokens for the management interface of that participant, or of the authority by its own DID.</summary>
    public static string ManagementAudience(string did) => did + "/management";

    /// <summary>The address of an account or client.</summary>
    public static string For(string template, string id)
    {
        ArgumentNullException.ThrowIfNull(template);
        return template.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal);
    }
}
