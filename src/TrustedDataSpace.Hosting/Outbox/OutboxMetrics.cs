using System.Diagnostics.Metrics;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>What the outbox counts.</summary>
internal sealed class OutboxMetrics
{
    private readonly Counter<long> attempts;
    private readonly UpDownCounter<long> open;

    public OutboxMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("TrustedDataSpace.Outbox");
        attempts = meter.CreateCounter<long>("tds.outbox.attempts", "{attempt}", "Attempts to deliver a message, by topic and outcome.");
        open = meter.CreateUpDownCounter<long>("tds.outbox.circuits.open", "{peer}", "Peers that are away.");
    }

    public void Ended(string topic, OutboxOutcome outcome) =>
        attempts.Add(1, new("tds.outbox.topic", topic), new("tds.outbox.outcome", outcome.ToString().ToLowerInvariant()));

    public void Opened(int more)
    {
        if (more != 0)
        {
            open.Add(more);
        }
    }
}
