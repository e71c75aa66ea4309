using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Processes;

namespace TrustedDataSpace.Hosting.Telemetry;

/// <summary>
/// Exports the platform's own activity sources and meters, and ours, while the service runs. Whoever listens hears the whole process: of
/// several services in one, each exports only what is its own.
/// </summary>
internal sealed class TelemetryExport(ServiceSettings settings, IMeterFactory meters, ActivitySource requests, IEnumerable<SharedProcess> shared) : IHostedService, IDisposable
{
    /// <summary>Every source and meter of this project begins so.</summary>
    private const string Ours = "TrustedDataSpace.*";

    private TracerProvider? traces;
    private MeterProvider? metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Telemetry.OtlpEndpoint is { } endpoint)
        {
            var resource = ResourceBuilder.CreateDefault().AddService(settings.Participant.Id, "trusted-data-space");
            void Export(OtlpExporterOptions options) => options.Endpoint = endpoint;
            var exporter = new OtlpExporterOptions();
            Export(exporter);
            traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
                .AddSource("Microsoft.AspNetCore", "System.Net.Http", Ours).AddProcessor(new OwnSpans(new OtlpTraceExporter(exporter), IsOwn)).Build();
            metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", Ours)
                .AddView(instrument => IsOwn(instrument.Meter) ? null : MetricStreamConfiguration.Drop)
                .AddOtlpExporter(Export).Build();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    /// <summary>Whether a meter measures this service: made by its own factory, or by the platform for a process that hosts nothing else.</summary>
    internal bool IsOwn(Meter meter) => meter.Scope == meters || (meter.Scope is null && !shared.Any());

    /// <summary>Whether a span is of this service: it began with a request to it, or there is nothing else in the process.</summary>
    internal bool IsOwn(Activity span)
    {
        var root = span;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        return root.Source == requests || !shared.Any();
    }

    // Kept back here and not by a flag of the span: the services of the process that hear it share that.
    private sealed class OwnSpans(OtlpTraceExporter exporter, Func<Activity, bool> isOwn) : BatchActivityExportProcessor(exporter)
    {
        public override void OnEnd(Activity data)
        {
            if (isOwn(data))
            {
                base.OnEnd(data);
            }
        }
    }
}
