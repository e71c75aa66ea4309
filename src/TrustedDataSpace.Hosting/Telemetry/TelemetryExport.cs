using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Hosting.Telemetry;

/// <summary>Exports the platform's own activity sources and meters, and ours, while the service runs.</summary>
internal sealed class TelemetryExport(ServiceSettings settings) : IHostedService, IDisposable
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
            traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
                .AddSource("Microsoft.AspNetCore", "System.Net.Http", Ours).AddOtlpExporter(Export).Build();
            metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", Ours).AddOtlpExporter(Export).Build();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }
}
