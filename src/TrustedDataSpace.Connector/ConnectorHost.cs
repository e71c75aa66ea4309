using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Applications;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Audit;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Connector.Clearing;
using TrustedDataSpace.Connector.Consents;
using TrustedDataSpace.Connector.Coverage;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Events;
using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Connector.OpenApi;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.DataApi;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Connector.Signals;
using TrustedDataSpace.Connector.Standing;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Connector.Webhooks;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector;

/// <summary>A participant's connector as a service that a process can host.</summary>
public static class ConnectorHost
{
    /// <summary>Builds the service; nothing runs yet.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="configure">Last word on the registrations, such as another <see cref="TimeProvider"/>.</param>
    /// <exception cref="InvalidSettingsException">The settings do not allow a start.</exception>
    public static WebApplication Build(ConnectorSettings settings, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(SettingsLoader.Checked(settings), new SchemaComponent("connector", typeof(ConnectorHost).Assembly));
        builder.Services.AddSingleton(settings);
        AddFeatures(builder.Services, settings);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseServiceDefaults(StatusEndpoints.Missing, first: app.UseDataPlane);
        app.UseManagementRequests();
        MapFeatures(app);
        return app;
    }

    private static void AddFeatures(IServiceCollection services, ConnectorSettings settings)
    {
        services.AddIdentity(settings);
        services.AddCredentials(settings);
        services.AddEvidence();
        services.AddAudit();
        services.AddPolicies(settings);
        services.AddStanding();
        services.AddSignals();
        services.AddConsents();
        services.AddAssets();
        services.AddCatalog();
        services.AddDsp();
        services.AddNegotiation();
        services.AddAgreements();
        services.AddTransfer();
        services.AddApplications();
        services.AddDataPlane();
        services.AddMetering();
        services.AddClearing();
        services.AddManagementRequests();
        services.AddEvents();
        services.AddWebhooks();
        services.AddManagementDocument();
    }

    private static void MapFeatures(WebApplication app)
    {
        app.MapStatus();
        app.MapEvidence();
        app.MapAudit();
        app.MapMembership();
        app.MapCredentials();
        app.MapOutbox();
        app.MapDataApi();
        app.MapDenials();
        app.MapKeys();
        app.MapSignals();
        app.MapConsents();
        app.MapCoverage();
        app.MapAssets();
        app.MapProducts();
        app.MapCatalog();
        app.MapCatalogQueries();
        app.MapDspVersion();
        app.MapDidDocument(ParticipantKey.Name, DspEndpoints.Services, AgreementKeys.Name);
        app.MapNegotiation();
        app.MapNegotiationManagement();
        app.MapAgreements();
        app.MapTransfer();
        app.MapTransferManagement();
        app.MapApplications();
        app.MapDataPlane();
        app.MapMetering();
        app.MapClearing();
        app.MapEvents();
        app.MapWebhooks();
        app.MapManagementDocument();
    }
}
