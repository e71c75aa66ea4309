using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Which credentials open the management interface: the management token, named ones, and access tokens of an issuer.</summary>
public sealed class ManagementCredentials
{
    private readonly ServiceSettings settings;
    private readonly ManagementToken token;
    private readonly NamedTokens named;
    private readonly OwnIssuer? own;

    internal ManagementCredentials(ServiceSettings settings, ManagementToken token, NamedTokens named, OwnIssuer? own)
    {
        this.own = own;
        this.settings = settings;
        this.token = token;
        this.named = named;
    }

    /// <summary>Whether the bearer is one of the management interface, where an endpoint admits others beside. Whether it is good is another question.</summary>
    public bool Claims(string bearer) =>
        token.Matches(bearer) || SchemeOf(bearer) != ManagementAuthentication.SchemeName || named.Find(bearer) is not null;

    /// <summary>Whether there is a named token of that name, with that secret and that scope, that has not ended: for clients that send both in a form (RFC 6749 §2.3.1).</summary>
    public bool IsNamed(string name, string secret, string scope) =>
        named.Find(secret) is { HasEnded: false } found && found.Name == name && found.ScopeList.Contains(scope);

    /// <summary>
    /// Completes when the credential of the caller is taken back. Never for one that cannot be (the token of the settings) or of which
    /// only its issuer would know: those end at their own time.
    /// </summary>
    public Task TakenBackAsync(ClaimsPrincipal caller, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.FindFirst(ManagementScopes.CallerClaim)?.Value is { } name && name.StartsWith(ManagementScopes.TokenKind + ":", StringComparison.Ordinal)
            ? named.DeletedAsync(name[(ManagementScopes.TokenKind.Length + 1)..], cancellation)
            : Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
    }

    internal static void Add(IServiceCollection services, ServiceSettings settings)
    {
        services.AddSingleton<ManagementToken>();
        services.AddSingleton<NamedTokens>();
        services.AddSingleton<DpopProofs>();
        services.AddSingleton(provider => new ManagementCredentials(
            settings, provider.GetRequiredService<ManagementToken>(), provider.GetRequiredService<NamedTokens>(), provider.GetService<OwnIssuer>()));
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, ManagementAuthentication>(ManagementAuthentication.SchemeName, _ => { })
            .AddPolicyScheme(ServiceHost.ManagementPolicy, displayName: null, options => options.ForwardDefaultSelector = SchemeFor);
        if (settings.Management.Issuer is not null)
        {
            services.AddManagementIssuer(settings.Management);
        }
    }

    // One of several schemes, told apart by what the token says: trying all would answer a refusal twice. A token of a form that only an
    // issuer makes is for the issuer to refuse.
    private static string SchemeFor(HttpContext context)
    {
        var credentials = context.RequestServices.GetRequiredService<ManagementCredentials>();
        return BearerToken.ReadBound(context.Request) is not { } bearer || credentials.token.Matches(bearer) ? ManagementAuthentication.SchemeName
            : credentials.SchemeOf(bearer) is var named and not ManagementAuthentication.SchemeName ? named
            : credentials.settings.Management.Issuer is not null && bearer.Count(c => c == '.') == 2 ? ManagementIssuer.SchemeName
            : ManagementAuthentication.SchemeName;
    }

    // Nothing is proven by this.
    private string SchemeOf(string bearer) =>
        own is not null && ManagementIssuer.IsMeant(own.Issuer, own.Audience, bearer) ? OwnIssuer.SchemeName
        : ManagementIssuer.IsMeant(settings.Management.Issuer, settings.Management.Audience, bearer) ? ManagementIssuer.SchemeName
        : ManagementAuthentication.SchemeName;
}
