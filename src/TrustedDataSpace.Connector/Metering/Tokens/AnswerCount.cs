using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// Counts an answer of an OpenAI-compatible server as it flows: the text of each choice, retrieved chunks, and what the server's own
/// <c>usage</c> declares. Of a plain answer that is cut, the text that came counts.
/// </summary>
internal sealed class AnswerCount : JsonWalk
{
    private const int MostChoices = 128;
    private const int LargestChunk = 1 << 20;

    private readonly bool streamed;
    private readonly ChunkCounts chunks;
    private readonly Dictionary<(long Choice, AnswerPart Part), TokenCounter> texts = [];
    private readonly List<(AnswerPart Part, string Text)> pending = [];
    private readonly StringBuilder chunkText = new();
    private readonly StringBuilder chunkParty = new();
    private string? chunkTokens;
    private bool chunkHasText;
    private bool inChunk;
    private long choice;
    private long place = -1;
    private bool isUncounted;

    /// <param name="rule">How the contract counts.</param>
    /// <param name="streamed">Whether an answer comes in many documents, each with parts of the choices.</param>
    public AnswerCount(MeterRule rule, bool streamed)
        : base(PlacesOf(rule))
    {
        this.streamed = streamed;
        chunks = new ChunkCounts(rule.Chunks);
    }

    /// <summary>Retrieved data.</summary>
    public ChunkCounts Chunks => chunks;

    /// <summary>Input as the source declares it.</summary>
    public long? DeclaredIn { get; private set; }

    /// <summary>Output as the source declares it.</summary>
    public long? DeclaredOut { get; private set; }

    /// <summary>Input from a cache as the source declares it.</summary>
    public long? DeclaredCached { get; private set; }

    /// <summary>Output that was counted; null: not all of it could be.</summary>
    public long? Out => isUncounted ? null : texts.Values.Sum(text => text.Total);

    /// <summary>Something was delivered that cannot be followed.</summary>
    public void Lose()
    {
        isUncounted = true;
        chunks.Lose();
    }

    /// <summary>Another document of the answer follows.</summary>
    public void BeginPart()
    {
        Begin();
        (place, inChunk) = (-1, false);
        pending.Clear();
    }

    protected override void Enter(JsonPlace at)
    {
        switch (at.Part)
        {
            case AnswerPart.Choice:
                choice = ++place;
                break;
            case AnswerPart.Chunk:
                (inChunk, chunkTokens, chunkHasText) = (true, null, false);
                chunkText.Clear();
                chunkParty.Clear();
                break;
            case AnswerPart.Content or AnswerPart.Call or AnswerPart.Arguments or AnswerPart.Refusal or AnswerPart.Uncounted:
                isUncounted = true;
                break;
            case AnswerPart.ChunkText or AnswerPart.ChunkParty or AnswerPart.ChunkTokens:
                chunks.Lose();
                break;
        }
    }

    protected override void Text(JsonPlace at, ReadOnlySpan<char> piece)
    {
        switch (at.Part)
        {
            // Which choice it is may be said behind its text.
            case AnswerPart.Content or AnswerPart.Call or AnswerPart.Arguments or AnswerPart.Refusal when streamed:
                pending.Add((at.Part, piece.ToString()));
                break;
            case AnswerPart.Content or AnswerPart.Call or AnswerPart.Arguments or AnswerPart.Refusal:
                Count(at.Part, piece);
                break;
            case AnswerPart.Uncounted:
                isUncounted = true;
                break;
            case AnswerPart.ChunkText when chunkText.Length + piece.Length <= LargestChunk:
                chunkText.Append(piece);
                break;
            case AnswerPart.ChunkParty when chunkParty.Length + piece.Length <= LargestChunk:
                chunkParty.Append(piece);
                break;
            case AnswerPart.ChunkText or AnswerPart.ChunkParty or AnswerPart.ChunkTokens:
                chunks.Lose();
                break;
        }
    }

    protected override void Scalar(JsonPlace at, string value)
    {
        switch (at.Part)
        {
            case AnswerPart.Index when streamed:
                choice = Number(value) ?? choice;
                break;
            case AnswerPart.DeclaredIn:
                DeclaredIn = Number(value);
                break;
            case AnswerPart.DeclaredOut:
                DeclaredOut = Number(value);
                break;
            case AnswerPart.DeclaredCached:
                DeclaredCached = Number(value);
                break;
            case AnswerPart.ChunkTokens:
                chunkTokens = value;
                break;
        }
    }

    protected override void Leave(JsonPlace at)
    {
        switch (at.Part)
        {
            case AnswerPart.Choice:
                foreach (var (part, text) in pending)
                {
                    Count(part, text);
                }

                pending.Clear();
                break;
            case AnswerPart.ChunkText:
                chunkHasText = true;
                break;
            case AnswerPart.Chunk when inChunk:
                inChunk = false;
                chunks.Add(chunkHasText ? chunkText.ToString() : null, chunkTokens, chunkParty.Length == 0 ? null : chunkParty.ToString());
                break;
        }
    }

    private static JsonPlace PlacesOf(MeterRule rule)
    {
        var root = new JsonPlace()
            .With("usage.prompt_tokens", AnswerPart.DeclaredIn)
            .With("usage.completion_tokens", AnswerPart.DeclaredOut)
            .With("usage.prompt_tokens_details.cached_tokens", AnswerPart.DeclaredCached);
        if (rule.Format != MeterRule.Embeddings)
        {
            root.With("choices[]", AnswerPart.Choice).With("choices[].index", AnswerPart.Index).With("choices[].text", AnswerPart.Content);
            foreach (var message in new[] { "choices[].message", "choices[].delta" })
            {
                root.With(message + ".content", AnswerPart.Content)
                    .With(message + ".refusal", AnswerPart.Refusal)
                    .With(message + ".audio", AnswerPart.Uncounted)
                    .With(message + ".tool_calls[].function.name", AnswerPart.Call)
                    .With(message + ".tool_calls[].function.arguments", AnswerPart.Arguments)
                    .With(message + ".function_call.name", AnswerPart.Call)
                    .With(message + ".function_call.arguments", AnswerPart.Arguments);
            }
        }

        return rule.Chunks is not { } chunk ? root : root.WithList(
            chunk.At!, AnswerPart.Chunk, (chunk.Text, AnswerPart.ChunkText), (chunk.Tokens, AnswerPart.ChunkTokens), (chunk.Party, AnswerPart.ChunkParty));
    }

    private static long? Number(string value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1L << 50 ? number : null;

    private void Count(AnswerPart part, ReadOnlySpan<char> text)
    {
        if (choice is < 0 or >= MostChoices)
        {
            isUncounted = true;
            return;
        }

        if (!texts.TryGetValue((choice, part), out var counter))
        {
            texts[(choice, part)] = counter = new TokenCounter(Tokenizer.BuiltIn);
        }

        counter.Add(text);
    }
}
