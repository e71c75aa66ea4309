using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Cli.Space;

/// <summary>A service that runs in this process, listens on loopback, and is spoken to over HTTP like any other.</summary>
internal sealed class HostedService : IAsyncDisposable
{
    private readonly WebApplication app;

    private HostedService(WebApplication app, ServiceAccess access)
    {
        this.app = app;
        Access = access;
    }

    /// <summary>Who it is, where it listens, and the token of its management interface.</summary>
    public ServiceAccess Access { get; }

    /// <summary>The services inside, for the owner's keys only: everything else goes over HTTP.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Starts a service.</summary>
    /// <param name="app">As its own host class built it.</param>
    /// <param name="access">As known so far.</param>
    /// <param name="port">The port it was told to listen on, for the error.</param>
    /// <exception cref="CannotStartException">The port is in use, or something the service says itself.</exception>
    public static async Task<HostedService> StartAsync(WebApplication app, ServiceAccess access, int port)
    {
        try
        {
            await app.StartServiceAsync(TextWriter.Null);
            return new HostedService(app, access with { Url = app.Services.GetRequiredService<ServiceAddress>().Url });
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            if (failure is IOException or InvalidOperationException or InvalidSettingsException)
            {
                throw Explain(failure, access.Id, port);
            }

            throw;
        }
    }

    /// <summary>Why a service on that port did not start, and what to do.</summary>
    public static CannotStartException Explain(Exception failure, string name, int port) =>
        failure.InnerException is AddressInUseException or SocketException
            ? new CannotStartException($"{name} cannot listen on 127.0.0.1:{port}: the port is in use. Stop what listens there (perhaps this space runs already), or change the port in {SpaceFile.FileName}.", failure)
            : new CannotStartException($"{name} did not start: {failure.Message}", failure);

    /// <summary>Registers the log file, and the clock if there is one, in a host under construction.</summary>
    public static Action<WebApplicationBuilder> Configure(string logFile, TimeProvider? clock) => builder =>
    {
        builder.Logging.ClearProviders().AddProvider(new FileLog(logFile));
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
