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

    internal ManagementCredentials(ServiceSettings settings, ManagementToken token, NamedTokens named)
    {
        this.settings = settings;
        this.token = token;
        this.named = named;
    }

    /// <summary>Whether the bearer is one of the management interface, where an endpoint admits others beside. Whether it is good is another question.</summary>
    public bool Claims(string bearer) =>
        token.Matches(bearer) || ManagementIssuer.IsMeant(settings.Management, bearer) || named.Find(bearer) is not null;

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
        services.AddSingleton(provider => new ManagementCredentials(
            settings, provider.GetRequiredService<ManagementToken>(), provider.GetRequiredService<NamedTokens>()));
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, ManagementAuthentication>(ManagementAuthentication.SchemeName, _ => { })
            .AddPolicyScheme(ServiceHost.ManagementPolicy, displayName: null, options => options.ForwardDefaultSelector = context => SchemeOf(context, settings.Management));
        if (settings.Management.Issuer is not null)
        {
            services.AddManagementIssuer(settings.Management);
        }
    }

    // One of two schemes, told apart by the form of the token: trying both would answer a refusal twice.
    private static string SchemeOf(HttpContext context, ManagementOptions management) =>
        management.Issuer is not null
        && BearerToken.Read(context.Request) is { } bearer
        && bearer.Count(c => c == '.') == 2
        && !context.RequestServices.GetRequiredService<ManagementToken>().Matches(bearer)
            ? ManagementIssuer.SchemeName
            : ManagementAuthentication.SchemeName;
}
