using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// The input of a call to an OpenAI-compatible server: the tokens of all text that the model reads, each text counted by itself. Names and roles
/// are no text; tools are counted as they are written. What is no text cannot be counted, and is refused before anything is asked.
/// </summary>
internal static class RequestText
{
    /// <summary>Counts the input.</summary>
    /// <param name="format">One of the shapes of <see cref="MeterRule"/>.</param>
    /// <param name="body">The whole body.</param>
    /// <exception cref="RefusalException">Malformed: it is not of that shape; Unsupported: it has input that is no text.</exception>
    public static long Count(string format, ReadOnlyMemory<byte> body)
    {
        var request = ProtocolJson.Parse(body.Span);
        if (request.ValueKind != JsonValueKind.Object)
        {
            throw Malformed("", "a JSON object");
        }

        return format switch
        {
            MeterRule.Chat => Chat(request),
            MeterRule.Completions => Texts(request, "prompt") + Optional(request, "suffix"),
            _ => Texts(request, "input"),
        };
    }

    private static long Chat(JsonElement request)
    {
        if (!request.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            throw Malformed("messages", "a list of messages");
        }

        var count = Written(request, "tools") + Written(request, "functions");
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw Malformed("messages", "a list of messages");
            }

            count += Content(message) + Optional(message, "refusal") + Written(message, "tool_calls") + Written(message, "function_call");
            if (message.TryGetProperty("audio", out var audio) && audio.ValueKind != JsonValueKind.Null)
            {
                throw Uncounted("messages.audio", "audio");
            }
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
            count += type switch
            {
                "text" => Required(part, "text"),
                "refusal" => Required(part, "refusal"),
                _ => throw Uncounted("messages.content", $"a part of the type \"{type}\""),
            };
        }

        return count;
    }

    // A text, or a list of texts. Lists of numbers are tokens of a vocabulary that nobody has named.
    private static long Texts(JsonElement request, string name)
    {
        if (!request.TryGetProperty(name, out var value))
        {
            throw Malformed(name, "a text or a list of texts");
        }

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

    private static RefusalException Malformed(string where, string what) =>
        new(RefusalCode.Malformed, $"The body is not of the shape that the contract counts: it needs {what}{(where.Length == 0 ? "" : $" under \"{where}\"")}.") { Where = "body", Term = MeterRule.Property };

    private static RefusalException Uncounted(string where, string what) =>
        new(RefusalCode.Unsupported, $"Under \"{where}\" stands {what}, whose tokens cannot be counted, so it is not asked.") { Where = "body", Term = MeterRule.Property, Remedy = "send text" };
}
