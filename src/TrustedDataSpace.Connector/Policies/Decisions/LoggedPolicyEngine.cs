using System.Diagnostics;
using System.Text.Json;
using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies.Decisions;

/// <summary>An engine whose decisions are logged. It stands before the engine only where a log is configured.</summary>
internal sealed class LoggedPolicyEngine(IPolicyEngine inner, DecisionLog log) : IPolicyEngine, IDisposable
{
    private const string Path = "tds/decision";

    public IPolicyEngine Inner => inner;

    public string Revision => inner.Revision;

    public PolicyReads Reads => inner.Reads;

    public ValueTask<PolicyDecision> DecideAsync(EngineQuestion question, CancellationToken cancellationToken = default) => LoggedAsync(question, forReuse: false, cancellationToken);

    public ValueTask<PolicyDecision> DecideForReuseAsync(EngineQuestion question, CancellationToken cancellationToken = default) => LoggedAsync(question, forReuse: true, cancellationToken);

    private async ValueTask<PolicyDecision> LoggedAsync(EngineQuestion question, bool forReuse, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var decision = await (forReuse ? inner.DecideForReuseAsync(question, cancellationToken) : inner.DecideAsync(question, cancellationToken));
        log.Add(new DecisionEvent
        {
            Path = Path,
            Input = System.Text.Encoding.UTF8.GetString(question.ToJson().Span),
            Result = Json(decision),
            Revision = decision.Revision,
            Elapsed = Stopwatch.GetElapsedTime(started),
            Error = decision.IsEngineError ? decision.Reasons[0].Message : null,
        });
        return decision;
    }

    public void Dispose() => (inner as IDisposable)?.Dispose();

    // As data.tds.decision gave it.
    private static string Json(PolicyDecision decision)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("allow"u8, decision.Allow);
            writer.WriteString("result"u8, decision.Result);
            if (decision.Permission is not null)
            {
                writer.WriteString("permission"u8, decision.Permission);
            }

            writer.WriteStartArray("reasons"u8);
            foreach (var reason in decision.Reasons)
            {
                WriteReason(writer, reason);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("duties"u8);
            foreach (var duty in decision.Duties)
            {
                writer.WriteStringValue(duty);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteReason(Utf8JsonWriter writer, PolicyReason reason)
    {
        writer.WriteStartObject();
        writer.WriteString("code"u8, reason.Code);
        writer.WriteString("message"u8, reason.Message);
        if (reason.Term is not null)
        {
            writer.WriteString("term"u8, reason.Term);
        }

        if (reason.Remedy is not null)
        {
            writer.WriteString("remedy"u8, reason.Remedy);
        }

        writer.WriteEndObject();
    }
}
