using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What the data plane tells OpenTelemetry. Nothing is computed while nobody listens.</summary>
internal sealed class GateMetrics
{
    public const string Name = "TrustedDataSpace.Connector.DataPlane";

    private static readonly ActivitySource Source = new(Name);

    private readonly Counter<long> requests;
    private readonly Counter<long> bytes;
    private readonly Counter<long> decisions;
    private readonly Histogram<double> duration;

    private readonly Meter meter;

    public GateMetrics(IMeterFactory factory)
    {
        meter = factory.Create(Name);
        requests = meter.CreateCounter<long>("tds.data.requests", "{request}", "Requests at the provider's gate, by outcome.");
        bytes = meter.CreateCounter<long>("tds.data.bytes", "By", "Bytes of answers.");
        decisions = meter.CreateCounter<long>("tds.data.decisions", "{decision}", "Decisions about requests, taken afresh or used again.");
        duration = meter.CreateHistogram<double>("tds.data.duration", "s", "From the decision to the end of the answer.");
    }

    /// <summary>Where the number of answers that flow now is found.</summary>
    public void ObserveRunning(Func<int> count) => meter.CreateObservableGauge("tds.data.running", count, "{answer}", "Answers that flow now.");

    /// <summary>A span of one use, with the identifiers of the protocol; null while nobody listens.</summary>
    public static Activity? Start(ProviderFlow flow)
    {
        var activity = Source.StartActivity("tds.data.use", ActivityKind.Internal);
        activity?.SetTag("dsp.transfer.provider_pid", flow.Id).SetTag("dsp.agreement.id", flow.AgreementId).SetTag("dsp.participant.id", flow.Consumer);
        return activity;
    }

    public void Decided(bool again) => decisions.Add(1, new KeyValuePair<string, object?>("tds.reused", again));

    public void Refused(string why) => requests.Add(1, new KeyValuePair<string, object?>("tds.outcome", why));

    public void Ended(string outcome, long count, long started)
    {
        requests.Add(1, new KeyValuePair<string, object?>("tds.outcome", outcome));
        bytes.Add(count);
        if (duration.Enabled)
        {
            duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("tds.outcome", outcome));
        }
    }
}
