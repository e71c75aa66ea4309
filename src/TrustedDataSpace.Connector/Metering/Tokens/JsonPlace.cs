namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>A place in a JSON document, below which there may be others that matter. Those that do not matter are null.</summary>
internal sealed class JsonPlace(AnswerPart part = AnswerPart.None)
{
    private static readonly JsonPlace Unknown = new(AnswerPart.Unknown);

    private readonly Dictionary<string, JsonPlace> members = new(StringComparer.Ordinal);
    private JsonPlace? item;

    /// <summary>What stands here.</summary>
    public AnswerPart Part { get; private set; } = part;

    /// <summary>Whether what has no name here is told all the same, as <see cref="AnswerPart.Unknown"/>, and all that stands below it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Each item of the list that stands here.</summary>
    public JsonPlace? Item => Part == AnswerPart.Unknown ? this : item;

    /// <summary>The member of the object that stands here.</summary>
    /// <param name="name">Its name; null: too long to be one that is known.</param>
    public JsonPlace? Member(string? name) =>
        Part == AnswerPart.Unknown ? this : name is not null && members.TryGetValue(name, out var member) ? member : IsClosed ? Unknown : null;

    /// <summary>Says what stands at a path, such as <c>choices[].index</c>.</summary>
    public JsonPlace With(string path, AnswerPart part)
    {
        At(path).Part = part;
        return this;
    }

    /// <summary>Says that the object at a path has no members but those that are named, here or elsewhere.</summary>
    public JsonPlace Close(string path, params ReadOnlySpan<string> others)
    {
        var at = path.Length == 0 ? this : At(path);
        at.IsClosed = true;
        foreach (var name in others)
        {
            at.Below(name);
        }

        return this;
    }

    /// <summary>Says what stands in each object of the list that the member holds, whatever characters the names have.</summary>
    public JsonPlace WithList(string member, (AnswerPart List, AnswerPart Each) are, params ReadOnlySpan<(string? Name, AnswerPart Part)> parts)
    {
        var list = Below(member);
        list.Part = are.List;
        list.item ??= new JsonPlace();
        list.item.Part = are.Each;
        foreach (var (name, part) in parts)
        {
            if (name is not null)
            {
                list.item.Below(name).Part = part;
            }
        }

        return this;
    }

    private JsonPlace At(string path)
    {
        var at = this;
        foreach (var step in path.Split('.'))
        {
            var isList = step.EndsWith("[]", StringComparison.Ordinal);
            at = at.Below(isList ? step[..^2] : step);
            at = isList ? at.item ??= new JsonPlace() : at;
        }

        return at;
    }

    private JsonPlace Below(string name) => members.TryGetValue(name, out var member) ? member : members[name] = new JsonPlace();
}

/// <summary>What matters in an answer of AI.</summary>
internal enum AnswerPart
{
    None,

    /// <summary>Nobody knows.</summary>
    Unknown,

    /// <summary>An object, of which the members matter.</summary>
    Object,

    /// <summary>A list, of which the items matter.</summary>
    List,

    /// <summary>The whole document.</summary>
    Document,

    /// <summary>What a server, or a gate, says where it ends a stream.</summary>
    Notice,

    /// <summary>The list of all that a model answers.</summary>
    Choices,

    /// <summary>One of the answers of a model.</summary>
    Choice,

    /// <summary>Which of them it is.</summary>
    Index,

    /// <summary>What holds its text.</summary>
    Message,

    /// <summary>Text of it.</summary>
    Content,

    /// <summary>What it says to itself before.</summary>
    Reasoning,

    /// <summary>The name of a function that it calls.</summary>
    Call,

    /// <summary>With what it calls it.</summary>
    Arguments,

    /// <summary>Why it does not answer.</summary>
    Refusal,

    /// <summary>Output that is no text.</summary>
    Uncounted,

    /// <summary>The source's count of the input.</summary>
    DeclaredIn,

    /// <summary>The source's count of the output.</summary>
    DeclaredOut,

    /// <summary>The source's count of the input that came from a cache.</summary>
    DeclaredCached,

    /// <summary>The list of retrieved data.</summary>
    Chunks,

    /// <summary>One piece of retrieved data.</summary>
    Chunk,

    /// <summary>Its text.</summary>
    ChunkText,

    /// <summary>The product's count of its tokens.</summary>
    ChunkTokens,

    /// <summary>Whose it is.</summary>
    ChunkParty,
}
