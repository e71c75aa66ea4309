using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// Counts an answer of an OpenAI-compatible server as it flows: the text of each choice, retrieved chunks, and what the server's own
/// <c>usage</c> declares. Of a plain answer that is cut, the text that came counts. What stands in a place that is not known
/// (<see cref="AnswerPlaces"/>) makes the whole unknown.
/// </summary>
internal sealed class AnswerCount : JsonWalk
{
    /// <summary>Most answers of a model in one: each is a text by itself.</summary>
    public const int MostChoices = 128;

    private readonly bool streamed;
    private readonly ChunkCounts chunks;
    private readonly Dictionary<(long Choice, AnswerPart Part), TextCount> texts = [];
    private readonly List<TextCount> grown = [];
    private readonly StringBuilder pendingText = new();
    private readonly List<(AnswerPart Part, int Length)> pending = [];
    private readonly StringBuilder chunkParty = new();
    private TokenCounter? chunkText;
    private string? chunkTokens;
    private bool inChunk;
    private long chunkBegun;
    private bool hasChoices;
    private bool hasMessage;
    private long choice;
    private long place = -1;
    private long estimate;
    private bool isUncounted;

    /// <param name="rule">How the contract counts.</param>
    /// <param name="streamed">Whether an answer comes in many documents, each with parts of the choices.</param>
    public AnswerCount(MeterRule rule, bool streamed)
        : base(AnswerPlaces.Of(rule, streamed))
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
    public long? Out => isUncounted ? null : texts.Values.Sum(text => text.Counter.Total);

    /// <summary>Output and retrieved data, what is still coming included, at a price that does not grow with them (<see cref="TokenCounter.Estimate"/>); null: not known.</summary>
    public long? Estimate => Estimates is { } parts ? parts.Out + parts.Data : null;

    /// <summary>The same: output, and retrieved data.</summary>
    public (long Out, long Data)? Estimates
    {
        get
        {
            foreach (var text in grown)
            {
                var before = text.Estimate;
                text.Estimate = text.Counter.Estimate;
                estimate += text.Estimate - before;
            }

            grown.Clear();
            return !isUncounted && chunks.Tokens is { } data ? (estimate, data + (chunkText?.Estimate ?? 0)) : null;
        }
    }

    /// <summary>Bytes of the chunk that is not whole yet.</summary>
    public long UnfinishedChunk => inChunk ? Position - chunkBegun : 0;

    /// <summary>Whether the document says why the answer ends.</summary>
    public bool IsNotice { get; private set; }

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
        (place, inChunk, chunkText) = (-1, false, null);
        ForgetPending();
    }

    protected override void Enter(JsonPlace at, bool isList)
    {
        switch (at.Part)
        {
            case AnswerPart.Document when !isList:
                (hasChoices, IsNotice) = (false, false);
                break;
            case AnswerPart.Choices when isList:
                hasChoices = true;
                break;
            case AnswerPart.Choice when !isList:
                choice = ++place;
                hasMessage = false;
                break;
            case AnswerPart.Message when !isList:
                hasMessage = true;
                break;
            case AnswerPart.Chunk when !isList:
                (inChunk, chunkTokens, chunkText, chunkBegun) = (true, null, null, Position - 1);
                chunkParty.Clear();
                break;
            case AnswerPart.List or AnswerPart.Chunks when isList:
            case AnswerPart.Object when !isList:
                break;

            // No text is in it yet, and where there is none it says nothing.
            case AnswerPart.Unknown or AnswerPart.Notice or AnswerPart.DeclaredIn or AnswerPart.DeclaredOut or AnswerPart.DeclaredCached:
                break;
            case AnswerPart.Chunks or AnswerPart.Chunk or AnswerPart.ChunkText or AnswerPart.ChunkParty or AnswerPart.ChunkTokens:
                chunks.Lose();
                break;
            case not AnswerPart.None:
                Lose();
                break;
        }
    }

    protected override void Text(JsonPlace at, ReadOnlySpan<char> piece)
    {
        switch (at.Part)
        {
            case AnswerPart.Content or AnswerPart.Reasoning or AnswerPart.Call or AnswerPart.Arguments or AnswerPart.Refusal:
                hasMessage |= at.Part == AnswerPart.Content;
                Say(at.Part, piece);
                break;
            case AnswerPart.ChunkText:
                (chunkText ??= new TokenCounter(Tokenizer.BuiltIn)).Add(piece);
                break;
            case AnswerPart.ChunkParty when chunkParty.Length + piece.Length <= ChunkRule.LongestName:
                chunkParty.Append(piece);
                break;
            case AnswerPart.Chunks or AnswerPart.Chunk or AnswerPart.ChunkParty or AnswerPart.ChunkTokens:
                chunks.Lose();
                break;
            case AnswerPart.Unknown or AnswerPart.Uncounted or AnswerPart.Object or AnswerPart.List or AnswerPart.Document or AnswerPart.Choices or AnswerPart.Choice or AnswerPart.Message:
                Lose();
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
            case AnswerPart.Chunks or AnswerPart.Chunk or AnswerPart.ChunkText or AnswerPart.ChunkParty:
                chunks.Lose();
                break;
            case AnswerPart.None or AnswerPart.Unknown or AnswerPart.Notice or AnswerPart.Index:
                break;
            default:
                Lose();
                break;
        }
    }

    protected override void Leave(JsonPlace at)
    {
        switch (at.Part)
        {
            case AnswerPart.Content:
                // Also one without a character is one.
                hasMessage = true;
                break;
            case AnswerPart.Choice:
                EndChoice();
                break;
            case AnswerPart.ChunkText:
                chunkText ??= new TokenCounter(Tokenizer.BuiltIn);
                break;
            case AnswerPart.Chunk when inChunk:
                chunks.Add(chunkText?.Total, chunkTokens, chunkParty.Length == 0 ? null : chunkParty.ToString());
                (inChunk, chunkText) = (false, null);
                break;
            case AnswerPart.Notice:
                IsNotice = true;
                break;
            case AnswerPart.Document when !hasChoices && !IsNotice:
                Lose();
                break;
        }
    }

    private static long? Number(string value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1L << 50 ? number : null;

    private void Say(AnswerPart part, ReadOnlySpan<char> piece)
    {
        if (!streamed)
        {
            Count(part, piece);
            return;
        }

        // Which choice it is may be said behind its text.
        pendingText.Append(piece);
        if (pending.Count > 0 && pending[^1].Part == part)
        {
            pending[^1] = (part, pending[^1].Length + piece.Length);
        }
        else
        {
            pending.Add((part, piece.Length));
        }
    }

    private void EndChoice()
    {
        if (!hasMessage)
        {
            Lose();
        }

        if (pending.Count == 0)
        {
            return;
        }

        var said = pendingText.ToString().AsSpan();
        foreach (var (part, length) in pending)
        {
            Count(part, said[..length]);
            said = said[length..];
        }

        ForgetPending();
    }

    private void ForgetPending()
    {
        pendingText.Clear();
        pending.Clear();
    }

    private void Count(AnswerPart part, ReadOnlySpan<char> text)
    {
        if (choice is < 0 or >= MostChoices)
        {
            isUncounted = true;
            return;
        }

        if (!texts.TryGetValue((choice, part), out var counted))
        {
            texts[(choice, part)] = counted = new TextCount();
        }

        counted.Counter.Add(text);
        if (grown.Count == 0 || grown[^1] != counted)
        {
            Grow(counted);
        }
    }

    private void Grow(TextCount counted)
    {
        if (!grown.Contains(counted))
        {
            grown.Add(counted);
        }
    }

    // What was said in one part of a choice.
    private sealed class TextCount
    {
        public TokenCounter Counter { get; } = new(Tokenizer.BuiltIn);

        /// <summary>As it stands in the sum of them.</summary>
        public long Estimate { get; set; }
    }
}
