namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>A place in a JSON document, below which there may be others that matter. Those that do not matter are null.</summary>
internal sealed class JsonPlace(AnswerPart part = AnswerPart.None)
{
    private readonly Dictionary<string, JsonPlace> members = new(StringComparer.Ordinal);

    /// <summary>What stands here.</summary>
    public AnswerPart Part { get; private set; } = part;

    /// <summary>Each item of the list that stands here.</summary>
    public JsonPlace? Item { get; private set; }

    /// <summary>The member of the object that stands here.</summary>
    public JsonPlace? Member(string name) => members.GetValueOrDefault(name);

    /// <summary>Says what stands at a path, such as <c>choices[].index</c>.</summary>
    public JsonPlace With(string path, AnswerPart part)
    {
        var at = this;
        foreach (var step in path.Split('.'))
        {
            var isList = step.EndsWith("[]", StringComparison.Ordinal);
            at = at.Below(isList ? step[..^2] : step);
            at = isList ? at.Item ??= new JsonPlace() : at;
        }

        at.Part = part;
        return this;
    }

    /// <summary>Says what stands in each object of the list that the member holds, whatever characters the names have.</summary>
    public JsonPlace WithList(string member, AnswerPart each, params ReadOnlySpan<(string? Name, AnswerPart Part)> parts)
    {
        var item = Below(member).Item ??= new JsonPlace();
        item.Part = each;
        foreach (var (name, part) in parts)
        {
            if (name is not null)
            {
                item.Below(name).Part = part;
            }
        }

        return this;
    }

    private JsonPlace Below(string name) => members.TryGetValue(name, out var member) ? member : members[name] = new JsonPlace();
}

/// <summary>What matters in an answer of AI.</summary>
internal enum AnswerPart
{
    None,

    /// <summary>One of the answers of a model.</summary>
    Choice,

    /// <summary>Which of them it is.</summary>
    Index,

    /// <summary>Text of it.</summary>
    Content,

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

    /// <summary>One piece of retrieved data.</summary>
    Chunk,

    /// <summary>Its text.</summary>
    ChunkText,

    /// <summary>The product's count of its tokens.</summary>
    ChunkTokens,

    /// <summary>Whose it is.</summary>
    ChunkParty,
}
