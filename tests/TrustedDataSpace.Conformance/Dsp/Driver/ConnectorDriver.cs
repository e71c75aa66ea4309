using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>
/// The connector under test, and a program that drives it through its management interface as the tests of the kit want to see it act. What
/// is tested is the product's own state machines, endpoints and delivery.
/// </summary>
internal sealed class ConnectorDriver : IAsyncDisposable
{
    private static readonly Dictionary<string, ConnectorScript> Scripts = ConnectorScripts.All.ToDictionary(script => script.Subject);

    private readonly WebApplication app;
    private readonly ManagementApi management;
    private readonly DriverOptions options;
    private readonly TextWriter output;
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, Task> played = new();
    private Task watching = Task.CompletedTask;

    private ConnectorDriver(DriverOptions options, string folder, TextWriter output)
    {
        this.options = options;
        this.output = output;
        var token = SecretHashes.Create("conformance_");
        app = DriverHost.Build(options, Path.Combine(folder, "connector"), token);
        app.MapTriggers(options, BeginAsync);
        management = new ManagementApi(options.Url, token);
        ConfigurationFile = Path.Combine(folder, "tck.properties");
    }

    /// <summary>The kit's configuration.</summary>
    public string ConfigurationFile { get; }

    /// <summary>Starts the connector, seeds it, writes the kit's configuration and begins to drive.</summary>
    public static async Task<ConnectorDriver> StartAsync(DriverOptions options, string folder, TextWriter output)
    {
        var driver = new ConnectorDriver(options, folder, output);
        try
        {
            await driver.StartAsync();
            return driver;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(played.Values.Append(watching)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        management.Dispose();
        await app.DisposeAsync();
        stop.Dispose();
    }

    private async Task StartAsync()
    {
        await app.StartServiceAsync(TextWriter.Null);

        // As the enrolment does it: the key is there before the first agreement is signed.
        _ = app.Services.GetRequiredService<ParticipantKey>().Signing;
        var offers = await Seed.ProductsAsync(management, stop.Token);
        await Seed.AgreementsAsync(app.Services);
        await File.WriteAllTextAsync(ConfigurationFile, KitConfiguration.Text(options, offers), stop.Token);
        watching = WatchAsync();
    }

    /// <summary>Begins as consumer.</summary>
    private async Task BeginAsync(string route, object start) => Play(route, await management.PostAsync<ProcessView>(route, start, stop.Token));

    /// <summary>What the kit begins.</summary>
    private async Task WatchAsync()
    {
        while (true)
        {
            foreach (var route in new[] { ManagementRoutes.Negotiations, ManagementRoutes.Transfers })
            {
                var page = await management.GetAsync<Page<ProcessView>>($"{route}?role=PROVIDER&state=REQUESTED", stop.Token);
                foreach (var begun in page.Items)
                {
                    Play(route, begun);
                }
            }

            await Task.Delay(50, stop.Token);
        }
    }

    private void Play(string route, ProcessView process) => played.GetOrAdd(process.Id, _ => Task.Run(() => PlayAsync(route, process)));

    private async Task PlayAsync(string route, ProcessView process)
    {
        if (!Scripts.TryGetValue(process.AgreementId ?? process.DatasetId!, out var script))
        {
            return;
        }

        try
        {
            await PlayAsync($"{route}/{process.Id}", process.State, script);
        }
        catch (HttpRequestException refused)
        {
            await output.WriteLineAsync($"{script.Test}: {refused.Message}");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The driver stops in the middle of a test.
        }
    }

    private async Task PlayAsync(string route, string state, ConnectorScript script)
    {
        foreach (var step in script.Steps)
        {
            while (state != step.When)
            {
                if (state is NegotiationStates.Finalized or NegotiationStates.Terminated or TransferStates.Completed)
                {
                    return;
                }

                state = (await management.AfterAsync(route, state, stop.Token)).State;
            }

            await Task.Delay(options.Delay, stop.Token);
            state = (await management.PostAsync<ProcessView>($"{route}/{step.Verb}", BodyOf(step, script.Test), stop.Token)).State;
        }
    }

    private static object? BodyOf(ConnectorStep step, string test) => step.Verb switch
    {
        "termination" or "suspension" => new Termination { Reason = $"conformance: {test} wants it" },
        "request" or "offer" => new NegotiationTerms(),
        _ => null,
    };
}
