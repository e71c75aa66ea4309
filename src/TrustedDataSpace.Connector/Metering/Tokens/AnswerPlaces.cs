using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// What stands where in an answer, for each kind of call. The kind is the contract's; an answer does not choose it. Text in a member
/// that is not named here cannot be counted, and makes the count unknown; numbers and yes or no say nothing.
/// </summary>
internal static class AnswerPlaces
{
    private static readonly string[] OfAnswer = ["id", "object", "created", "model", "system_fingerprint", "service_tier", "usage", "obfuscation", "prompt_filter_results"];

    // Log probabilities repeat the text.
    private static readonly string[] OfChoice = ["index", "finish_reason", "native_finish_reason", "stop_reason", "logprobs", "content_filter_results", "content_filter_offsets"];

    /// <summary>The places of the contract's kind of call.</summary>
    /// <param name="rule">How the contract counts.</param>
    /// <param name="streamed">Whether the answer is a stream of documents, which may say why it ends.</param>
    public static JsonPlace Of(MeterRule rule, bool streamed)
    {
        var root = new JsonPlace(AnswerPart.Document)
            .Close("", OfAnswer)
            .With("usage.prompt_tokens", AnswerPart.DeclaredIn)
            .With("usage.completion_tokens", AnswerPart.DeclaredOut)
            .With("usage.prompt_tokens_details.cached_tokens", AnswerPart.DeclaredCached);
        if (rule.Format == MeterRule.Embeddings)
        {
            // Vectors are no text, whatever they are written as.
            root.WithList("data", (AnswerPart.Choices, AnswerPart.Object)).Close("data[]", "object", "index", "embedding");
        }
        else
        {
            root.WithList("choices", (AnswerPart.Choices, AnswerPart.Choice)).Close("choices[]", OfChoice).With("choices[].index", AnswerPart.Index);
            AddText(root, rule);
        }

        if (streamed)
        {
            foreach (var notice in new[] { "error", "code", "term", "detail", "remedy" })
            {
                root.With(notice, AnswerPart.Notice);
            }
        }

        return rule.Chunks is not { } chunk ? root : root.WithList(
            chunk.At!, (AnswerPart.Chunks, AnswerPart.Chunk), (chunk.Text, AnswerPart.ChunkText), (chunk.Tokens, AnswerPart.ChunkTokens), (chunk.Party, AnswerPart.ChunkParty));
    }

    private static void AddText(JsonPlace root, MeterRule rule)
    {
        if (rule.Format == MeterRule.Completions)
        {
            root.With("choices[].text", AnswerPart.Content);
            return;
        }

        foreach (var message in new[] { "choices[].message", "choices[].delta" })
        {
            root.With(message, AnswerPart.Message)
                .Close(message, "role", "name")
                .With(message + ".content", AnswerPart.Content)
                .With(message + ".reasoning_content", AnswerPart.Reasoning)
                .With(message + ".reasoning", AnswerPart.Reasoning)
                .With(message + ".refusal", AnswerPart.Refusal)
                .With(message + ".audio", AnswerPart.Uncounted)
                .With(message + ".tool_calls", AnswerPart.List)
                .With(message + ".tool_calls[]", AnswerPart.Object)
                .Close(message + ".tool_calls[]", "index", "id", "type")
                .With(message + ".tool_calls[].function", AnswerPart.Object)
                .Close(message + ".tool_calls[].function")
                .With(message + ".tool_calls[].function.name", AnswerPart.Call)
                .With(message + ".tool_calls[].function.arguments", AnswerPart.Arguments)
                .With(message + ".tool_calls[].custom", AnswerPart.Object)
                .Close(message + ".tool_calls[].custom")
                .With(message + ".tool_calls[].custom.name", AnswerPart.Call)
                .With(message + ".tool_calls[].custom.input", AnswerPart.Arguments)
                .With(message + ".function_call", AnswerPart.Object)
                .Close(message + ".function_call")
                .With(message + ".function_call.name", AnswerPart.Call)
                .With(message + ".function_call.arguments", AnswerPart.Arguments);
        }
    }
}
