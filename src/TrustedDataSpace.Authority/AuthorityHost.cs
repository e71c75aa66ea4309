using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Authority.Audit;
using TrustedDataSpace.Authority.Bundles;
using TrustedDataSpace.Authority.Catalog;
using TrustedDataSpace.Authority.Clearing;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Authority.Issuance;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Authority.Receipts;
using TrustedDataSpace.Authority.SignIn;
using TrustedDataSpace.Authority.Standing;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Authority.Trust;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority;

/// <summary>The authority of a space as a service: its own process, or one of several in a process that hosts a whole space.</summary>
public static class AuthorityHost
{
    /// <summary>Builds the service; the caller starts it.</summary>
    /// <param name="settings">What the authority is told.</param>
    /// <param name="configure">Registers what shall replace ours, such as the clock.</param>
    /// <exception cref="InvalidSettingsException">The settings do not allow a start.</exception>
    public static WebApplication Build(AuthoritySettings settings, Action<WebApplicationBuilder>? configure = null)
    {
        SettingsLoader.Checked(settings);
        var builder = ServiceHost.CreateBuilder(settings, new SchemaComponent("authority", typeof(AuthorityHost).Assembly));
        configure?.Invoke(builder);
        builder.Services
            .AddSingleton(settings)
            .AddAccess()
            .AddParticipants()
            .AddStanding()
            .AddCredentials()
            .AddIssuance()
            .AddTrust()
            .AddTokens()
            .AddSignIn()
            .AddCatalog()
            .AddFiling()
            .AddReceipts()
            .AddClearing()
            .AddEvidenceLog()
            .AddAudit()
            .AddBundles()
            .AddKeyRotation<AuthorityRotation>();

        var app = builder.Build();
        app.UseServiceDefaults(services => services.GetRequiredService<LogHold>().IsHeld ? ["the evidence log was restored and is not yet what was published last: see tds log hold"] : []);
        app.MapTokens();
        app.MapSignIn();
        app.MapParticipants();
        app.MapStanding();
        app.MapCredentials();
        app.MapIssuance();
        app.MapTrust();
        app.MapCatalog();
        app.MapFiling();
        app.MapReceipts();
        app.MapClearing();
        app.MapEvidenceLog();
        app.MapAudit();
        app.MapBundles();
        app.MapKeys();
        app.MapDidDocument(AuthorityKey.Name, (authority, address) => [IssuanceEndpoints.Service(authority, address)]);
        return app;
    }
}
