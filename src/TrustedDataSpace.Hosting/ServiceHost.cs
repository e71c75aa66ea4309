using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Health;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Processes;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Hosting.Telemetry;
using TrustedDataSpace.Hosting.Tls;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting;

/// <summary>What the authority and the connector have in common as running services.</summary>
public static class ServiceHost
{
    /// <summary>Name of the authorisation policy of the management interface.</summary>
    public const string ManagementPolicy = "management";

    /// <summary>Name of the authorisation policy for holders of an access token of the space.</summary>
    public const string SpacePolicy = "space";

    /// <summary>How long requests that run may take to end when a service is stopped in order.</summary>
    public static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(10);

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

        // Whoever starts the host is told why it does not start; a worker that fails is critical.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings.Listen));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = LongestStop);
        AddCore(builder.Services, settings, schema);
        return builder;
    }

    /// <summary>The pipeline before a service's own endpoints.</summary>
    /// <param name="app">The service.</param>
    /// <param name="missing">What the service still lacks to be of use, in words for <c>/health/ready</c>.</param>
    /// <param name="first">Adds what comes before routing and authentication, with refusals answered like all others.</param>
    public static void UseServiceDefaults(this WebApplication app, Func<IServiceProvider, IEnumerable<string>>? missing = null, Action? first = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<RefusalMiddleware>();
        first?.Invoke();

        // Here, not where the framework would put it by itself: in front of all.
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<StrictRequests>();
        app.MapHealth(missing);
        app.MapTokens();
    }

    /// <summary>Starts the service; shows the management token if it was made just now. Whatever fails, it has stopped when this returns.</summary>
    public static async Task StartServiceAsync(this WebApplication app, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(output);
        app.Services.GetRequiredService<KeyStore>().OpenAll();
        var management = app.Services.GetRequiredService<ManagementToken>();
        management.Open();

        // Made here: the host fails at stopping workers that could not even be made, which would hide why.
        _ = app.Services.GetServices<IHostedService>();

        // Self-issued tokens count from the start of the service on, and not from the first one that comes.
        _ = app.Services.GetService<UsedTokens>();
        try
        {
            await app.StartAsync();
            var token = await management.KeepAsync();
            if (token is not null)
            {
                await output.WriteLineAsync($"management token, shown this once: {token}");
            }

            await output.WriteLineAsync($"listening on {app.Services.GetRequiredService<ServiceAddress>().Url}");
        }
        catch
        {
            // Workers that run already end in order, and do not complain of a sudden end beside the real reason.
            await app.StopAsync();
            throw;
        }
    }

    /// <summary>Runs an executable's services until they are told to stop.</summary>
    /// <param name="load">The settings of each.</param>
    /// <param name="build">Builds one.</param>
    /// <returns>0: told to stop; 1: a worker of one of them failed; 2: one cannot start, and standard error says why.</returns>
    public static async Task<int> RunAsync<T>(Func<IReadOnlyList<T>> load, Func<T, Action<WebApplicationBuilder>?, WebApplication> build)
        where T : ServiceSettings
    {
        ArgumentNullException.ThrowIfNull(load);
        try
        {
            await using var group = await ServiceGroup.StartAsync(load(), build, Console.Out);

            // A worker that fails stops the host, too; the supervisor must not take that for an order to stop.
            return await group.WaitAsync(CancellationToken.None) ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            // Told to stop before the start was complete.
            return 0;
        }
        catch (Exception failure) when (ServiceGroup.IsExplained(failure))
        {
            await Console.Error.WriteLineAsync(ServiceGroup.Explain(failure));
            return 2;
        }
    }

    private static void AddCore(IServiceCollection services, ServiceSettings settings, SchemaComponent schema)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<ServiceAddress>();
        services.AddSingleton(provider => MakeIds(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<Database>(), settings.Space.Id));
        services.AddSingleton(provider => new Database(
            settings.Storage,
            settings.Space.Id,
            provider.GetRequiredService<TimeProvider>(),
            [new SchemaComponent("hosting", typeof(ServiceHost).Assembly), schema]));
        services.AddSingleton<KeyStore>();
        services.AddSingleton<SecretHashes>();
        services.AddSingleton<OutboxQueue>();
        services.AddSingleton<EvidenceTrail>();
        services.AddSingleton<JsonClient>();
        services.AddOutboxDelivery();
        services.AddSingleton<DidResolver>();
        services.AddSingleton<KeyResolver>(provider => provider.GetRequiredService<DidResolver>().KeyAsync);
        services.AddHostedService<TelemetryExport>();

        // A body that cannot be bound is a refusal like any other, with its reason.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options => ProtocolJson.Configure(options.SerializerOptions));
        ManagementCredentials.Add(services, settings);
        SelfIssuedScheme.Add(services);
        services.AddAuthorizationBuilder()
            .AddPolicy(ManagementPolicy, policy => policy.AddAuthenticationSchemes(ManagementPolicy).RequireAuthenticatedUser().AddRequirements(new ManagementScopeRequirement()))
            .AddPolicy(SpacePolicy, policy => policy.AddAuthenticationSchemes(SpaceTokens.Scheme).RequireAuthenticatedUser());
    }

    // A clock that was set back across a restart must not put new messages and entries before those that wait.
    private static Ids MakeIds(TimeProvider clock, Database database, string space)
    {
        var ids = new Ids(clock);
        ids.GoOnAfter(database.Read(connection => connection.QuerySingle<string?>("SELECT max(id) FROM outbox WHERE space_id = @space", new { space })));
        ids.GoOnAfter(database.Read(connection => connection.QuerySingle<string?>("SELECT max(id) FROM evidence_trail WHERE space_id = @space", new { space })));
        return ids;
    }

    private static void Listen(KestrelServerOptions kestrel, Configuration.ListenOptions options)
    {
        kestrel.AddServerHeader = false;

        // What a source says in other bytes than those of ASCII (a file's name) passes as it is.
        kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        ListenerLimits.Set(kestrel.Limits, options);
        kestrel.Listen(options.EndPoint, endpoint =>
        {
            if (options.IsHttps)
            {
                var logger = kestrel.ApplicationServices.GetRequiredService<ILogger<ServerCertificate>>();
                endpoint.UseHttps(new ServerCertificate(options.CertificateFile!, options.KeyFile!, logger).HandshakeOptions(options.ClientCertificates));
            }
        });
    }
}
