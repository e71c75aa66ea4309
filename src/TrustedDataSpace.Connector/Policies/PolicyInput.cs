using System.Buffers;
using System.Text.Json;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>Writes a question as the document that <c>data.tds.decision</c> reads (its form is described in docs/policies.md).</summary>
internal static class PolicyInput
{
    private const int FormatVersion = 1;

    public static ReadOnlyMemory<byte> Write(PolicyQuestion question, string space, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, FormatVersion);
            writer.WriteString("stage"u8, Name(question.Stage));
            writer.WriteNumber("now_ms"u8, now.ToUnixTimeMilliseconds());
            writer.WriteString("space"u8, space);
            writer.WriteString("action"u8, "use"u8);
            WriteSubject(writer, question);
            WriteProduct(writer, question.Product);
            WriteTerms(writer, question);
            WriteUse(writer, question);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteSubject(Utf8JsonWriter writer, PolicyQuestion question)
    {
        var subject = question.Subject;
        writer.WriteStartObject("subject"u8);
        writer.WriteString("id"u8, subject.Id);
        writer.WriteString("membership"u8, subject.Membership);
        writer.WriteStartObject("claims"u8);
        if (subject.Region is not null)
        {
            writer.WriteString("region"u8, subject.Region);
        }

        writer.WriteStartArray("roles"u8);
        foreach (var role in subject.Roles)
        {
            writer.WriteStringValue(role);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteProduct(Utf8JsonWriter writer, ProductFacts product)
    {
        writer.WriteStartObject("product"u8);
        writer.WriteString("id"u8, product.Id);
        writer.WriteString("classification"u8, product.Classification);
        writer.WriteEndObject();
    }

    // The compiled document never has these two names: state and filing are facts of ours, not words of the contract.
    private static void WriteTerms(Utf8JsonWriter writer, PolicyQuestion question)
    {
        writer.WriteStartObject("agreement"u8);
        foreach (var property in question.Terms.Document.EnumerateObject())
        {
            property.WriteTo(writer);
        }

        if (question.Stage is not (PolicyStage.Catalog or PolicyStage.Negotiation))
        {
            writer.WriteString("state"u8, question.AgreementState);
            writer.WriteBoolean("filed"u8, question.Filed);
        }

        writer.WriteEndObject();
    }

    private static void WriteUse(Utf8JsonWriter writer, PolicyQuestion question)
    {
        if (question.Purpose is not null)
        {
            writer.WriteString("purpose"u8, question.Purpose);
        }

        if (question.Usage is { } usage)
        {
            writer.WriteStartObject("usage"u8);
            writer.WriteNumber("count"u8, usage.Count);
            writer.WriteEndObject();
        }

        if (question.Request is { } request)
        {
            writer.WriteStartObject("request"u8);
            writer.WriteString("method"u8, request.Method);
            writer.WriteString("path"u8, request.Path);
            writer.WriteEndObject();
        }
    }

    private static ReadOnlySpan<byte> Name(PolicyStage stage) => stage switch
    {
        PolicyStage.Catalog => "catalog"u8,
        PolicyStage.Negotiation => "negotiation"u8,
        PolicyStage.Transfer => "transfer"u8,
        PolicyStage.Request => "request"u8,
        PolicyStage.Tick => "tick"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(stage)),
    };
}
