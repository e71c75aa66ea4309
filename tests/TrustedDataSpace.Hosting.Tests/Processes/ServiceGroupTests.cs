using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Processes;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Hosting.Telemetry;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Processes;

/// <summary>Several services in one process: they start and stop together, and share nothing.</summary>
public sealed class ServiceGroupTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly StringWriter output = new();
    private readonly ConcurrentQueue<bool> stops = new();

    public void Dispose()
    {
        folder.Dispose();
        output.Dispose();
    }

    [Fact]
    public async Task Each_listens_for_itself_and_all_stop_together()
    {
        await using var group = await ServiceGroup.StartAsync([Settings("city"), Settings("grid")], Build, output);
        var text = output.ToString();
        foreach (var (service, space) in group.Services.Zip(["city", "grid"]))
        {
            Assert.Equal(HttpStatusCode.OK, await LiveAsync(service));
            Assert.Contains($"did:web:service.example in the space '{space}':", text, StringComparison.Ordinal);
            Assert.Contains($"listening on {UrlOf(service)}", text, StringComparison.Ordinal);
        }

        var tokens = text.Split(Environment.NewLine).Where(line => line.StartsWith("management token", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, tokens.Distinct().Count());

        // One is told to stop, as by a signal or by itself: the other stops with it, and that is no failure.
        group.Services[1].Lifetime.StopApplication();
        Assert.True(await group.WaitAsync(CancellationToken.None).Within("the end"));
        Assert.All(group.Services, service => Assert.True(service.Lifetime.ApplicationStopped.IsCancellationRequested));
    }

    [Fact]
    public async Task A_worker_that_fails_in_one_ends_all_with_an_error()
    {
        await using var group = await ServiceGroup.StartAsync(
            [Settings("city"), Settings("grid")], (settings, configure) => Build(settings, configure, settings.Space.Id == "grid" ? services => services.AddHostedService<BrokenWorker>() : null), output);
        Assert.False(await group.WaitAsync(CancellationToken.None).Within("the end"));
        Assert.All(group.Services, service => Assert.True(service.Lifetime.ApplicationStopped.IsCancellationRequested));
    }

    [Fact]
    public async Task One_that_cannot_start_stops_those_that_run_and_says_which_and_why()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";
        CancellationToken? stopped = null;
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => ServiceGroup.StartAsync(
            [Settings("city"), Settings("grid") with { Listen = new ListenOptions { Url = taken } }],
            (settings, configure) =>
            {
                var built = Build(settings, configure);
                stopped ??= built.Lifetime.ApplicationStopped;
                return built;
            },
            output));
        Assert.Contains("did:web:service.example in the space 'grid' does not start", failure.Message, StringComparison.Ordinal);
        Assert.Contains("none of the 2 services", failure.Message, StringComparison.Ordinal);
        Assert.Contains(taken, failure.Message, StringComparison.Ordinal);
        Assert.Contains("change Listen:Url", failure.Message, StringComparison.Ordinal);
        Assert.True(stopped!.Value.IsCancellationRequested);

        // Whoever is told can start again at once: the folders are free.
        await using var again = await ServiceGroup.StartAsync([Settings("city"), Settings("grid")], Build, output);
        Assert.Equal(2, again.Services.Count);
    }

    [Theory]
    [InlineData("did:web:service.example in the space 'grid'", 1)]
    [InlineData("listening on", 2)]
    public async Task One_that_cannot_say_where_it_listens_has_stopped_and_so_have_those_before(string unwritten, int time)
    {
        var built = new List<WebApplication>();
        await using var full = new FullWriter(unwritten, time);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => ServiceGroup.StartAsync([Settings("city"), Settings("grid")], Kept, full));
        Assert.Contains("no room", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, built.Count);
        Assert.All(built, service => Assert.Throws<ObjectDisposedException>(() => service.Services.GetService<ServiceAddress>()));
        Assert.Equal(time, stops.Count);

        WebApplication Kept(ServiceSettings settings, Action<WebApplicationBuilder>? configure)
        {
            built.Add(Build(settings, configure, services => services.AddHostedService(_ => new Stop(stops, fails: false))));
            return built[^1];
        }
    }

    [Fact]
    public async Task One_that_fails_at_stopping_keeps_no_other_from_being_stopped_and_let_go()
    {
        var group = await ServiceGroup.StartAsync(
            [Settings("city"), Settings("grid")], (settings, configure) => Build(settings, configure, services => services.AddHostedService(_ => new Stop(stops, fails: settings.Space.Id == "city"))), output);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await group.DisposeAsync());
        Assert.Equal(2, stops.Count);
        Assert.All(group.Services, service => Assert.Throws<ObjectDisposedException>(() => service.Services.GetService<ServiceAddress>()));
        await using var again = await ServiceGroup.StartAsync([Settings("city"), Settings("grid")], Build, output);
        Assert.Equal(2, again.Services.Count);
    }

    [Fact]
    public async Task Settings_that_collide_are_refused_before_a_folder_is_touched()
    {
        var refusal = await Assert.ThrowsAsync<InvalidSettingsException>(() => ServiceGroup.StartAsync([Settings("city"), Settings("grid") with { Storage = Settings("city").Storage }], Build, output));
        Assert.Contains("Storage:Folder", Assert.Single(refusal.Problems), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["city"]));
    }

    [Fact]
    public async Task A_service_alone_gets_its_own_error()
    {
        var settings = Settings("city");
        await using var holder = TestService.Open(folder);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => ServiceGroup.StartAsync([settings with { Storage = new StorageOptions { Folder = folder["data"] } }], Build, output));
        Assert.StartsWith("The data folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_exports_its_own_measurements_and_spans_alone()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        await using var group = await ServiceGroup.StartAsync([Settings("city"), Settings("grid")], Build, output);
        ActivitySource.AddActivityListener(listener);
        var exports = group.Services.Select(service => service.Services.GetServices<IHostedService>().OfType<TelemetryExport>().Single()).ToList();
        var (first, second) = (await CallAsync(group.Services[0]), await CallAsync(group.Services[1]));
        await group.DisposeAsync();

        // The requests are spans of whom they were sent to; the calls, which no request began, are nobody's.
        foreach (var (trace, own) in new[] { (first, 0), (second, 1) })
        {
            var request = Assert.Single(spans, span => span.Source.Name == "Microsoft.AspNetCore" && span.TraceId == trace);
            Assert.Equal([own == 0, own == 1], exports.Select(export => export.IsOwn(request)));
            var call = Assert.Single(spans, span => span.Source.Name == "System.Net.Http" && span.TraceId == trace);
            Assert.All(exports, export => Assert.False(export.IsOwn(call)));
        }

        // Nor is a meter of the platform for the whole process.
        using var platform = new Meter("System.Net.Http");
        Assert.All(exports, export => Assert.False(export.IsOwn(platform)));
    }

    [Fact]
    public async Task A_service_alone_exports_what_is_of_its_process()
    {
        await using var group = await ServiceGroup.StartAsync([Settings("city")], Build, output);
        var export = group.Services[0].Services.GetServices<IHostedService>().OfType<TelemetryExport>().Single();
        using var platform = new Meter("System.Net.Http");
        using var span = new Activity("call").Start();
        Assert.True(export.IsOwn(platform) && export.IsOwn(span));
        Assert.True(export.IsOwn(group.Services[0].Services.GetRequiredService<IMeterFactory>().Create("TrustedDataSpace.Sample")));
        Assert.False(export.IsOwn(TestService.Meters.Create("TrustedDataSpace.Sample")));
    }

    [Fact]
    public void Log_lines_say_whose_they_are()
    {
        var lines = new Lines();
        using var log = new NamedLog("did:web:hub.example in the space 'city'", lines);
        log.CreateLogger("Outbox").Log(LogLevel.Warning, default, "away", null, (state, _) => state);
        Assert.Equal("Outbox (did:web:hub.example in the space 'city'): away", Assert.Single(lines.Written));
    }

    private static string UrlOf(WebApplication service) => service.Services.GetRequiredService<ServiceAddress>().Url;

    private static async Task<HttpStatusCode> LiveAsync(WebApplication service)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(UrlOf(service) + "/health/live")).Within("an answer");
        return answer.StatusCode;
    }

    /// <summary>Calls the service; returns the trace of the call.</summary>
    private static async Task<ActivityTraceId> CallAsync(WebApplication service)
    {
        using var trace = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        Assert.Equal(HttpStatusCode.OK, await LiveAsync(service));
        return trace.TraceId;
    }

    private static WebApplication Build(ServiceSettings settings, Action<WebApplicationBuilder>? configure) => Build(settings, configure, null);

    private static WebApplication Build(ServiceSettings settings, Action<WebApplicationBuilder>? configure, Action<IServiceCollection>? more)
    {
        var builder = ServiceHost.CreateBuilder(settings, new SchemaComponent("test", typeof(ServiceGroupTests).Assembly));
        configure?.Invoke(builder);
        more?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseServiceDefaults();
        return app;
    }

    private ServiceSettings Settings(string space) => TestService.Settings(folder) with { Space = new SpaceOptions { Id = space }, Storage = new StorageOptions { Folder = folder[space] } };

    private sealed class BrokenWorker : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidDataException("broken");
        }
    }

    /// <summary>Has no room for a text when it comes for that time.</summary>
    private sealed class FullWriter(string text, int time) : StringWriter
    {
        private int times;

        public override Task WriteAsync(string? value) => TryAsync(value, base.WriteAsync);

        public override Task WriteLineAsync(string? value) => TryAsync(value, base.WriteLineAsync);

        private Task TryAsync(string? value, Func<string?, Task> write) =>
            value?.Contains(text, StringComparison.Ordinal) == true && ++times == time ? Task.FromException(new IOException("no room")) : write(value);
    }

    /// <summary>Notes that it was stopped.</summary>
    private sealed class Stop(ConcurrentQueue<bool> stops, bool fails) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            stops.Enqueue(fails);
            return fails ? Task.FromException(new InvalidDataException("broken")) : Task.CompletedTask;
        }
    }

    private sealed class Lines : ILoggerProvider
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Category(Lines lines, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Written.Enqueue($"{name}: {formatter(state, exception)}");
        }
    }
}
