using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>How use is counted, as <c>tds:meter</c> in the contract: both parties count by the same rule.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MeterRule
{
    /// <summary>The property of an offer or agreement that holds the rule.</summary>
    public const string Property = "tds:meter";

    /// <summary>What is counted: <see cref="Row"/>, <see cref="Request"/> or <see cref="Token"/>.</summary>
    public required string Unit { get; init; }

    /// <summary>The media type whose rows are counted, <c>text/csv</c>; of tokens that too, or the shape of AI traffic: <see cref="Chat"/>, <see cref="Completions"/>, <see cref="Embeddings"/>.</summary>
    public string? Format { get; init; }

    /// <summary>How many values make one record of the product; a record with 96 values counts as 96 rows.</summary>
    public int ValuesPerRecord { get; init; } = 1;

    /// <summary>Of tokens: the name of the tokenizer, <see cref="Tokenizer.BuiltInId"/>.</summary>
    public string? TokenizerId { get; init; }

    /// <summary>Of tokens: the version of the tokenizer, <see cref="Tokenizer.BuiltInVersion"/>.</summary>
    public string? TokenizerVersion { get; init; }

    /// <summary>Of tokens: where retrieved data stands; null where there is none.</summary>
    public ChunkRule? Chunks { get; init; }

    /// <summary>AI tokens are counted.</summary>
    public const string Token = "token";

    /// <summary>The calls of OpenAI-compatible servers to <c>/v1/chat/completions</c>.</summary>
    public const string Chat = "openai-chat";

    /// <summary>Their calls to <c>/v1/completions</c>.</summary>
    public const string Completions = "openai-completions";

    /// <summary>Their calls to <c>/v1/embeddings</c>.</summary>
    public const string Embeddings = "openai-embeddings";

    /// <summary>Rows are counted.</summary>
    public const string Row = "row";

    /// <summary>Requests are counted.</summary>
    public const string Request = "request";

    /// <summary>Whether calls of AI are counted: what is asked and what is answered, and not rows.</summary>
    [JsonIgnore]
    public bool IsOfCalls => Unit == Token && Format is Chat or Completions or Embeddings;

    /// <summary>Whether what is delivered is CSV whose rows are counted.</summary>
    [JsonIgnore]
    public bool CountsRows => Unit is Row or Token && Format == Csv;

    private const string Csv = "text/csv";

    /// <summary>The rule of an offer or agreement; null when it has none.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported: a rule that cannot be applied is refused, never passed over.</exception>
    public static MeterRule? From(PolicyDocument policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Extension(Property) is not { } element)
        {
            return null;
        }

        var rule = ProtocolJson.Read<MeterRule>(element);
        if (rule.Unit is not (Row or Request or Token))
        {
            throw Unsupported($"the unit \"{rule.Unit}\" cannot be counted", "unit", "Use \"row\", \"request\" or \"token\".");
        }

        if (rule.Unit == Row && rule.Format is not Csv)
        {
            throw Unsupported("rows can be counted in text/csv only", "format", "Set format to \"text/csv\", or count requests.");
        }

        CheckTokens(rule);
        return rule.ValuesPerRecord >= 1 ? rule : throw Unsupported("valuesPerRecord must be at least 1", "valuesPerRecord", null);
    }

    private static void CheckTokens(MeterRule rule)
    {
        if (rule.Unit != Token)
        {
            if (rule.TokenizerId is not null || rule.TokenizerVersion is not null || rule.Chunks is not null)
            {
                throw Unsupported("only tokens have a tokenizer and chunks", "unit", "Set unit to \"token\", or leave them out.");
            }

            return;
        }

        if (rule.TokenizerId != Tokenizer.BuiltInId || rule.TokenizerVersion != Tokenizer.BuiltInVersion)
        {
            throw Unsupported("a count of tokens means nothing without a tokenizer that both sides have", "tokenizerId", $"Set tokenizerId to \"{Tokenizer.BuiltInId}\" and tokenizerVersion to \"{Tokenizer.BuiltInVersion}\".");
        }

        if (!rule.IsOfCalls && rule.Format != Csv)
        {
            throw Unsupported($"tokens of \"{rule.Format}\" cannot be counted", "format", $"Use \"{Chat}\", \"{Completions}\", \"{Embeddings}\" or \"{Csv}\".");
        }

        if (rule.Format == Csv && rule.Chunks is null)
        {
            throw Unsupported("it does not say in which column the text or the tokens of a row stand", "chunks", null);
        }

        if (rule.Chunks?.Problem(inAnswer: rule.IsOfCalls) is var (where, why))
        {
            throw Unsupported(why, ("chunks." + where).TrimEnd('.'), null);
        }
    }

    private static RefusalException Unsupported(string why, string where, string? remedy) =>
        new(RefusalCode.Unsupported, $"The meter rule of the contract is refused: {why}.")
        {
            Term = Property,
            Where = $"$['{Property}'].{where}",
            Remedy = remedy,
        };
}
