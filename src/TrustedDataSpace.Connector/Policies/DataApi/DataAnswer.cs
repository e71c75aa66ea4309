using System.Text.Json;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Connector.Policies.DataApi;

/// <summary>
/// An answer of the Data API. An undefined document leaves <c>result</c> out. An explanation is always lines of text, which OPA gives with
/// <c>pretty</c>: its other form shows the inside of its own parser.
/// </summary>
internal sealed class DataAnswer(DataQuestion question, DocumentAnswer answer, string? decisionId, TimeSpan elapsed) : IResult
{
    private const string BundleName = "space";

    private static readonly string Version = typeof(DataAnswer).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(httpContext.Response.BodyWriter, new JsonWriterOptions { Indented = question.Pretty });
        writer.WriteStartObject();
        if (decisionId is not null)
        {
            writer.WriteString("decision_id"u8, decisionId);
        }

        if (question.Provenance)
        {
            WriteProvenance(writer);
        }

        if (question.Metrics)
        {
            writer.WriteStartObject("metrics"u8);
            writer.WriteNumber("timer_rego_query_eval_ns"u8, (long)elapsed.TotalNanoseconds);
            writer.WriteEndObject();
        }

        if (answer.Trace is { } trace)
        {
            WriteExplanation(writer, trace);
        }

        if (answer.Value is { } value)
        {
            writer.WritePropertyName("result"u8);
            value.ToJson(writer);
        }

        // As OPA does: without input nearly every rule is undefined, which is rarely what the caller wanted.
        if (question.Input is null)
        {
            writer.WriteStartObject("warning"u8);
            writer.WriteString("code"u8, "api_usage_warning"u8);
            writer.WriteString("message"u8, "'input' key missing from the request"u8);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        await writer.FlushAsync(httpContext.RequestAborted);
    }

    private void WriteProvenance(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("provenance"u8);
        writer.WriteString("version"u8, Version);
        writer.WriteStartObject("bundles"u8);
        writer.WriteStartObject(BundleName);
        writer.WriteString("revision"u8, answer.Revision);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteExplanation(Utf8JsonWriter writer, RegoTrace trace)
    {
        writer.WriteStartArray("explanation"u8);

        // Notes are what calls of the builtin `trace` leave, which this engine does not keep.
        foreach (var line in question.Explain switch { "notes" => [], "fails" => TraceText.Fails(trace), _ => TraceText.Full(trace) })
        {
            writer.WriteStringValue(line);
        }

        writer.WriteEndArray();
    }
}
