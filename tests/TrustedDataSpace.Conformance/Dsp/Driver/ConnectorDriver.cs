using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
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
    private readonly ConcurrentDictionary<string, (Channel<string> Reached, Task Play)> played = new();
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
        await Task.WhenAll(played.Values.Select(process => process.Play).Append(watching)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        var events = await management.EventsAsync(stop.Token);
        watching = WatchAsync(events);
    }

    private Task BeginAsync(string route, object start) => management.PostAsync<JsonElement>(route, start, stop.Token);

    private async Task WatchAsync(IAsyncEnumerable<EventView> events)
    {
        await foreach (var happened in events)
        {
            var (kind, state) = happened.Kind.Split('.') is [var process, var entered] ? (process, entered.ToUpperInvariant()) : ("", "");
            var states = played.GetOrAdd(happened.Process!, id =>
            {
                var channel = Channel.CreateUnbounded<string>();
                var route = kind == "transfer" ? ManagementRoutes.Transfers : ManagementRoutes.Negotiations;
                var subject = kind == "transfer" ? happened.Agreement : happened.Data.GetProperty("dataset").GetString();
                return (channel, Task.Run(() => PlayAsync($"{route}/{id}", subject!, channel.Reader)));
            });
            states.Reached.Writer.TryWrite(state);
        }
    }

    private async Task PlayAsync(string route, string subject, ChannelReader<string> states)
    {
        if (!Scripts.TryGetValue(subject, out var script))
        {
            return;
        }

        try
        {
            foreach (var step in script.Steps)
            {
                while (await states.ReadAsync(stop.Token) != step.When)
                {
                    // The other party's step, or the one before.
                }

                await Task.Delay(options.Delay, stop.Token);
                await management.PostAsync<JsonElement>($"{route}/{step.Verb}", BodyOf(step, script.Test), stop.Token);
            }
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

    private static object? BodyOf(ConnectorStep step, string test) => step.Verb switch
    {
        "termination" or "suspension" => new Termination { Reason = $"conformance: {test} wants it" },
        "request" or "offer" => new NegotiationTerms(),
        _ => null,
    };
}
