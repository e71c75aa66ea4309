using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>Writes a question as the document that <c>data.tds.decision</c> reads (its form is described in docs/policies.md).</summary>
internal static class PolicyInput
{
    private const int FormatVersion = 1;

    private static readonly FrozenDictionary<string, long> NoCounters = FrozenDictionary<string, long>.Empty;
    private static readonly FrozenDictionary<string, IReadOnlyList<string>> NoClaims = FrozenDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>What stays the same from one request of a flow to the next: contract, participant and product.</summary>
    public static CommonMembers Common(PolicyQuestion question, string space)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, FormatVersion);
            writer.WriteString("space"u8, space);
            writer.WriteString("action"u8, "use"u8);
            WriteSubject(writer, question);
            WriteProduct(writer, question.Product);
            WriteTerms(writer, question);
            writer.WriteEndObject();
        }

        return new CommonMembers(buffer.WrittenSpan);
    }

    /// <summary>The rest.</summary>
    public static void WriteOwn(
        Utf8JsonWriter writer, PolicyQuestion question, IReadOnlyDictionary<string, string>? signals, IReadOnlyList<string>? consents, DateTimeOffset now)
    {
        writer.WriteStartObject();
        writer.WriteString("stage"u8, Name(question.Stage));
        writer.WriteNumber("now_ms"u8, now.ToUnixTimeMilliseconds());
        WriteUse(writer, question);
        if (question.DutiesDone.Count > 0)
        {
            WriteTexts(writer, "duties_done", question.DutiesDone);
        }

        WriteEnvironment(writer, signals, consents);
        writer.WriteEndObject();
    }

    private static void WriteSubject(Utf8JsonWriter writer, PolicyQuestion question)
    {
        var subject = question.Subject;
        var claims = question.Claims ?? subject.Claims;
        writer.WriteStartObject("subject"u8);
        writer.WriteString("id"u8, subject.Id);
        writer.WriteString("membership"u8, subject.Membership);
        if (claims?.Connector is { } connector)
        {
            writer.WriteString("connector"u8, connector);
        }

        if (question.StandingAt is { } standing)
        {
            writer.WriteNumber("standing_ms"u8, standing.ToUnixTimeMilliseconds());
        }

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
        WriteClaims(writer, claims);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // A claim that is called like one of ours cannot stand in for it.
    private static void WriteClaims(Utf8JsonWriter writer, SubjectClaims? claims)
    {
        if (claims?.Clearance is { } clearance)
        {
            writer.WriteString("clearance"u8, clearance);
        }

        foreach (var (name, values) in claims?.Others ?? NoClaims)
        {
            if (name is not ("region" or "roles" or "clearance"))
            {
                WriteTexts(writer, name, values);
            }
        }
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteProduct(Utf8JsonWriter writer, ProductFacts product)
    {
        writer.WriteStartObject("product"u8);
        writer.WriteString("id"u8, product.Id);
        writer.WriteString("classification"u8, product.Classification);
        writer.WriteEndObject();
    }

    // The compiled document never has these names: state, filing and times are facts of ours, not words of the contract.
    private static void WriteTerms(Utf8JsonWriter writer, PolicyQuestion question)
    {
        writer.WriteStartObject("agreement"u8);
        foreach (var (name, value) in question.Terms.Parts)
        {
            // As it was compiled: for each request it would be read and written again.
            writer.WritePropertyName(name);
            writer.WriteRawValue(value, skipInputValidation: true);
        }

        if (question.Stage is not (PolicyStage.Catalog or PolicyStage.Negotiation))
        {
            writer.WriteString("state"u8, question.AgreementState);
            writer.WriteBoolean("filed"u8, question.Filed);
            if (question.AgreedAt is { } agreed)
            {
                writer.WriteNumber("agreed_at_ms"u8, agreed.ToUnixTimeMilliseconds());
            }

            if (question.FirstUsedAt is { } used)
            {
                writer.WriteNumber("first_used_at_ms"u8, used.ToUnixTimeMilliseconds());
            }
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
            foreach (var (counter, value) in usage.Others ?? NoCounters)
            {
                if (counter != "count")
                {
                    writer.WriteNumber(counter, value);
                }
            }

            writer.WriteEndObject();
        }

        if (question.Format is not null)
        {
            writer.WriteStartObject("transfer"u8);
            writer.WriteString("format"u8, question.Format);
            writer.WriteEndObject();
        }

        if (question.Request is { } request)
        {
            writer.WriteStartObject("request"u8);
            writer.WriteString("method"u8, request.Method);
            writer.WriteString("path"u8, request.Path);
            if (request.Address is not null)
            {
                writer.WriteString("address"u8, request.Address);
            }

            if (request.Application is not null)
            {
                writer.WriteString("application"u8, request.Application);
            }

            writer.WriteEndObject();
        }
    }

    // What is true around the contract. Absent is unknown, and an empty list of consents is none.
    private static void WriteEnvironment(Utf8JsonWriter writer, IReadOnlyDictionary<string, string>? signals, IReadOnlyList<string>? consents)
    {
        if (signals is { Count: > 0 })
        {
            writer.WriteStartObject("signals"u8);
            foreach (var (name, value) in signals)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        }

        if (consents is not null)
        {
            WriteTexts(writer, "consents", consents);
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
