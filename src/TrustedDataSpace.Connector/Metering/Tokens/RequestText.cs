using System.Collections.Frozen;
using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// The input of a call to an OpenAI-compatible server: the tokens of all text that the model reads, each text counted by itself. Names and roles
/// are no text; tools are counted as they are written. What is no text, and text in a place that is not known, cannot be counted, and is
/// refused before anything is asked.
/// </summary>
internal static class RequestText
{
    // Longer than any name or role: what is longer is text.
    private const int LongestName = 64;

    // Members in which no text stands that a model reads. Numbers and yes or no may stand under any name.
    private static readonly FrozenSet<string> Settings = FrozenSet.Create(
        "model", "stream", "stream_options", "stop", "user", "safety_identifier", "prompt_cache_key", "metadata", "logit_bias", "service_tier", "n");

    private static readonly FrozenSet<string> OfChat = FrozenSet.Create(
        "messages", "tools", "functions", "tool_choice", "function_call", "response_format", "modalities", "reasoning_effort", "verbosity");

    private static readonly FrozenSet<string> OfCompletions = FrozenSet.Create("prompt", "suffix");

    private static readonly FrozenSet<string> OfEmbeddings = FrozenSet.Create("input", "encoding_format");

    private static readonly FrozenSet<string> OfMessage = FrozenSet.Create(
        "role", "name", "tool_call_id", "content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call");

    private static readonly FrozenSet<string> Names = FrozenSet.Create("role", "name", "tool_call_id");

    private static readonly FrozenSet<string> OfPart = FrozenSet.Create("type", "text", "refusal");

    private static readonly FrozenSet<string> None = [];

    /// <summary>Counts the input.</summary>
    /// <param name="format">One of the shapes of <see cref="MeterRule"/>.</param>
    /// <param name="body">The whole body.</param>
    /// <exception cref="RefusalException">Malformed: it is not of that shape; Unsupported: it has input that is no text, or that is not known.</exception>
    public static long Count(string format, ReadOnlyMemory<byte> body)
    {
        var request = ProtocolJson.Parse(ByteOrderMark.Strip(body.Span));
        if (request.ValueKind != JsonValueKind.Object)
        {
            throw Malformed("", "a JSON object");
        }

        switch (format)
        {
            case MeterRule.Chat:
                RequireKnown(request, "", Settings, OfChat);
                RequireText(request);
                RequireFew(request, texts: 1);
                return Chat(request);
            case MeterRule.Completions:
                RequireKnown(request, "", Settings, OfCompletions);
                var prompts = Texts(request, "prompt", out var texts);
                RequireFew(request, texts);
                return prompts + Optional(request, "suffix");
            default:
                RequireKnown(request, "", Settings, OfEmbeddings);
                return Texts(request, "input", out _);
        }
    }

    private static long Chat(JsonElement request)
    {
        if (!request.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            throw Malformed("messages", "a list of messages");
        }

        var count = Written(request, "tools") + Written(request, "functions") + Schema(request);
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw Malformed("messages", "a list of messages");
            }

            RequireKnown(message, "messages.", OfMessage, None);
            RequireNames(message);
            count += Content(message) + Optional(message, "refusal") + Optional(message, "reasoning_content") + Optional(message, "reasoning")
                + Written(message, "tool_calls") + Written(message, "function_call");
        }

        return count;
    }

    private static long Content(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind is JsonValueKind.Null or JsonValueKind.String)
        {
            return Optional(message, "content");
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            throw Malformed("messages.content", "a text or a list of parts");
        }

        var count = 0L;
        foreach (var part in content.EnumerateArray())
        {
            var type = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : "";
            var name = type is "text" or "refusal" ? type : throw Uncounted("messages.content", $"a part of the type \"{type}\"");
            RequireKnown(part, "messages.content.", OfPart, None);
            count += Required(part, name) + Optional(part, name == "text" ? "refusal" : "text");
        }

        return count;
    }

    // The model is told the shape that it has to answer in.
    private static long Schema(JsonElement request) =>
        request.TryGetProperty("response_format", out var format) && format.ValueKind == JsonValueKind.Object && format.TryGetProperty("json_schema", out _)
            ? Written(request, "response_format")
            : 0;

    // A text, or a list of texts. Lists of numbers are tokens of a vocabulary that nobody has named.
    private static long Texts(JsonElement request, string name, out int texts)
    {
        if (!request.TryGetProperty(name, out var value))
        {
            throw Malformed(name, "a text or a list of texts");
        }

        texts = value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : 1;
        return value.ValueKind switch
        {
            JsonValueKind.String => Tokenizer.BuiltIn.Count(value.GetString()),
            JsonValueKind.Array => value.EnumerateArray().Sum(item => item.ValueKind == JsonValueKind.String ? Tokenizer.BuiltIn.Count(item.GetString()) : throw Uncounted(name, "a list of anything but texts")),
            _ => throw Malformed(name, "a text or a list of texts"),
        };
    }

    private static long Required(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Tokenizer.BuiltIn.Count(value.GetString()) : throw Malformed(name, "a text");

    private static long Optional(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Required(of, name) : 0;

    private static long Written(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Tokenizer.BuiltIn.Count(value.GetRawText()) : 0;

    private static void RequireKnown(JsonElement of, string where, FrozenSet<string> members, FrozenSet<string> others)
    {
        foreach (var member in of.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array && !members.Contains(member.Name) && !others.Contains(member.Name))
            {
                throw Uncounted(where + member.Name, "what this kind of call does not have, or has not as text");
            }
        }
    }

    private static void RequireNames(JsonElement message)
    {
        foreach (var name in Names)
        {
            if (message.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null && (value.ValueKind != JsonValueKind.String || value.GetString()!.Length > LongestName))
            {
                throw Malformed("messages." + name, $"a name of at most {LongestName} characters");
            }
        }
    }

    // A model that is asked to speak, or to draw, answers with what is no text.
    private static void RequireText(JsonElement request)
    {
        if (request.TryGetProperty("modalities", out var modalities)
            && modalities.ValueKind != JsonValueKind.Null
            && (modalities.ValueKind != JsonValueKind.Array || !modalities.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String && each.ValueEquals("text"))))
        {
            throw Uncounted("modalities", "another kind of answer than text");
        }
    }

    // Each answer is counted as a text by itself, so there is room for so many.
    private static void RequireFew(JsonElement request, int texts)
    {
        var each = 1;
        if (request.TryGetProperty("n", out var n) && n.ValueKind != JsonValueKind.Null && (n.ValueKind != JsonValueKind.Number || !n.TryGetInt32(out each) || each < 1))
        {
            throw Malformed("n", "a whole number of answers");
        }

        if ((long)each * texts > AnswerCount.MostChoices)
        {
            throw new RefusalException(RefusalCode.Unsupported, $"{(long)each * texts} answers are asked for at once; at most {AnswerCount.MostChoices} are counted.")
            {
                Where = "body",
                Term = MeterRule.Property,
                Remedy = "ask for fewer: \"n\" times the number of prompts",
            };
        }
    }

    private static RefusalException Malformed(string where, string what) =>
        new(RefusalCode.Malformed, $"The body is not of the shape that the contract counts: it needs {what}{(where.Length == 0 ? "" : $" under \"{where}\"")}.") { Where = "body", Term = MeterRule.Property };

    private static RefusalException Uncounted(string where, string what) =>
        new(RefusalCode.Unsupported, $"Under \"{where}\" stands {what}, whose tokens cannot be counted, so it is not asked.") { Where = "body", Term = MeterRule.Property, Remedy = "send text" };
}
