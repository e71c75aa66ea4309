using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Hosting.Telemetry;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting;

/// <summary>What the authority and the connector have in common as running services.</summary>
public static class ServiceHost
{
    /// <summary>Name of the authorisation policy of the management interface.</summary>
    public const string ManagementPolicy = "management";

    /// <summary>Name of the authorisation policy for holders of an access token of the space.</summary>
    public const string SpacePolicy = "space";

    /// <summary>A builder with storage, keys, authentication, errors and telemetry registered.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="schema">The service's own migrations.</param>
    public static WebApplicationBuilder CreateBuilder(ServiceSettings settings, SchemaComponent schema)
    {
        ArgumentNullException.ThrowIfNull(settings);

        // The default content root is the working directory, which would be watched recursively: started in / that takes minutes.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings.Listen));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        AddCore(builder.Services, settings, schema);
        return builder;
    }

    /// <summary>The pipeline before a service's own endpoints.</summary>
    public static void UseServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<RefusalMiddleware>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/health/live", () => Results.Ok(new { status = "live" }));
        app.MapGet("/health/ready", (Database database) => Results.Ok(new { status = database.Read(_ => "ready") }));
    }

    /// <summary>Starts the service; shows the management token if it was made just now.</summary>
    public static async Task StartServiceAsync(this WebApplication app, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(output);
        var token = await app.Services.GetRequiredService<ManagementToken>().EnsureAsync();
        await app.StartAsync();
        var address = app.Services.GetRequiredService<ServiceAddress>().Url;
        await output.WriteLineAsync($"listening on {address}");
        if (token is not null)
        {
            await output.WriteLineAsync($"management token, shown this once: {token}");
        }
    }

    /// <summary>Runs an executable's service until it is told to stop. Settings or a start that fail end with code 2 and say why.</summary>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        try
        {
            await using var app = build();
            await app.StartServiceAsync(Console.Out);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception failure) when (failure is InvalidSettingsException or InvalidOperationException or IOException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 2;
        }
    }

    private static void AddCore(IServiceCollection services, ServiceSettings settings, SchemaComponent schema)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<ServiceAddress>();
        services.AddSingleton<Ids>();
        services.AddSingleton(provider => new Database(
            settings.Storage,
            settings.Space.Id,
            provider.GetRequiredService<TimeProvider>(),
            [new SchemaComponent("hosting", typeof(ServiceHost).Assembly), schema]));
        services.AddSingleton<KeyStore>();
        services.AddSingleton<SecretHashes>();
        services.AddSingleton<ManagementToken>();
        services.AddSingleton<OutboxQueue>();
        services.AddSingleton<EvidenceTrail>();
        services.AddSingleton<JsonClient>();
        services.AddHostedService<OutboxDelivery>();
        services.AddHostedService<TelemetryExport>();

        // A body that cannot be bound is a refusal like any other, with its reason.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options => ProtocolJson.Configure(options.SerializerOptions));
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ManagementAuthentication>(ManagementPolicy, _ => { });
        services.AddAuthorizationBuilder()
            .AddPolicy(ManagementPolicy, policy => policy.AddAuthenticationSchemes(ManagementPolicy).RequireAuthenticatedUser())
            .AddPolicy(SpacePolicy, policy => policy.AddAuthenticationSchemes(SpaceTokens.Scheme).RequireAuthenticatedUser());
    }

    private static void Listen(KestrelServerOptions kestrel, Configuration.ListenOptions options)
    {
        var url = new Uri(options.Url);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Listen(url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.Host.Trim('[', ']')), url.Port);
    }
}
