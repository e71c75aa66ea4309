using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Hosting.Processes;

/// <summary>
/// The services that one process hosts. They share nothing but the process: each has its settings, data folder, keys, listener and
/// container. They start together, or none does; when one ends, all do, so that whoever supervises the process sees one thing that runs or
/// does not.
/// </summary>
public sealed class ServiceGroup : IAsyncDisposable
{
    private readonly List<WebApplication> services = [];
    private readonly List<WebApplication> running = [];

    private ServiceGroup()
    {
    }

    /// <summary>The services, in the order of their settings.</summary>
    public IReadOnlyList<WebApplication> Services => services;

    private bool HasFailed =>
        services.SelectMany(service => service.Services.GetServices<IHostedService>()).OfType<BackgroundService>().Any(worker => worker.ExecuteTask is { IsFaulted: true });

    /// <summary>Starts a service for each settings.</summary>
    /// <param name="settings">Checked, each for itself; at least one.</param>
    /// <param name="build">Builds the service of these settings; is given the last word on its registrations.</param>
    /// <param name="output">Is told where each listens, and its management token if that was made just now.</param>
    /// <exception cref="InvalidSettingsException">Two of them cannot be in one process: nothing was touched.</exception>
    /// <exception cref="InvalidOperationException">One cannot start: it says which and why, and those that ran already have stopped. A process with one service gets its error as it is.</exception>
    public static async Task<ServiceGroup> StartAsync<T>(IReadOnlyList<T> settings, Func<T, Action<WebApplicationBuilder>?, WebApplication> build, TextWriter output)
        where T : ServiceSettings
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(output);

        // Before the first is built: that takes its data folder.
        if (Collisions.Among(settings).ToList() is [_, ..] collisions)
        {
            throw new InvalidSettingsException(collisions);
        }

        var group = new ServiceGroup();
        try
        {
            foreach (var one in settings)
            {
                await group.StartAsync(one, build, output, settings.Count);
            }

            return group;
        }
        catch (OperationCanceledException) when (group.HasFailed)
        {
            // A worker has ended the start: whoever waits for the group is told so.
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until one of the services stops, told to or by itself, or the wait is cancelled.</summary>
    /// <returns>Whether all is well: false when a worker of one of them has failed.</returns>
    public async Task<bool> WaitAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var registrations = services.ConvertAll(service => service.Lifetime.ApplicationStopping.Register(() => stopped.TrySetResult()));
        registrations.Add(cancellation.Register(() => stopped.TrySetResult()));
        await stopped.Task;
        registrations.ForEach(registration => registration.Dispose());
        await StopAsync();
        return !HasFailed;
    }

    /// <summary>Stops all at the same time, so that what is under way ends as it should, and lets go of them.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            // Each, also where another fails at it: what is not let go of keeps its folder and its port.
            await Task.WhenAll(Enumerable.Reverse(services).Select(async service => await service.DisposeAsync()));
        }
    }

    internal static string Explain(Exception failure) =>
        failure.InnerException is AddressInUseException ? failure.Message + " Stop what listens there, or change Listen:Url." : failure.Message;

    internal static bool IsExplained(Exception failure) =>
        failure is InvalidSettingsException or InvalidOperationException or IOException or UnauthorizedAccessException or SocketException;

    private async Task StartAsync<T>(T settings, Func<T, Action<WebApplicationBuilder>?, WebApplication> build, TextWriter output, int count)
        where T : ServiceSettings
    {
        if (count == 1)
        {
            await StartAsync(build(settings, null), "", output);
            return;
        }

        try
        {
            var service = build(settings, builder =>
            {
                builder.Services.AddSingleton<SharedProcess>();
                NamedLog.Use(builder, settings.Title);
            });
            await StartAsync(service, settings.Title + ":" + Environment.NewLine, output);
        }
        catch (Exception failure) when (IsExplained(failure))
        {
            throw new InvalidOperationException($"{settings.Title} does not start, so none of the {count} services of this process does: {Explain(failure)}", failure);
        }
    }

    // One that fails at its start has stopped by itself.
    private async Task StartAsync(WebApplication service, string title, TextWriter output)
    {
        services.Add(service);
        await output.WriteAsync(title);
        await service.StartServiceAsync(output);
        running.Add(service);
    }

    private async Task StopAsync()
    {
        var stopping = running.ToList();
        running.Clear();
        await Task.WhenAll(stopping.Select(service => service.StopAsync()));
    }
}
