namespace TrustedDataSpace.Hosting.Telemetry;

/// <summary>Traces and metrics.</summary>
public sealed record TelemetryOptions
{
    /// <summary>OTLP endpoint (http(s) URL). Without it nothing leaves the process.</summary>
    public Uri? OtlpEndpoint { get; init; }
}
