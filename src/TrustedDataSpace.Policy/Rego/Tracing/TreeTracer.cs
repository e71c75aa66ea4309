namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>
/// Makes a tree of an evaluation. Bodies run as nested calls, each condition inside the one before it; here the conditions of a body
/// stand side by side, and below a condition stands only what was evaluated for itself.
/// </summary>
internal sealed class TreeTracer : Tracer
{
    /// <summary>More than anybody reads, and small enough for a service to keep.</summary>
    public const int MaxNodes = 20_000;

    private readonly TraceNode root = new(null, new TraceProbe(ProbeKind.Definition, default, ""));
    private readonly Stack<TraceNode?> active = new();
    private TraceNode at;
    private int count;

    public TreeTracer() => at = root;

    public IReadOnlyList<TraceNode> Roots => root.Children;

    public bool IsCut { get; private set; }

    public override void Begin(TraceProbe probe)
    {
        if (count == MaxNodes)
        {
            IsCut = true;
            active.Push(null);
            return;
        }

        count++;
        var node = new TraceNode(at, probe);
        at.Add(node);
        active.Push(node);
        at = node;
    }

    public override void End(TraceProbe probe, Func<IReadOnlyList<TraceValue>> values)
    {
        if (active.Pop() is { } node)
        {
            node.Values = values();
            at = node.Parent!;
        }
    }

    public override TraceNode? Holds()
    {
        if (active.Peek() is not { } node)
        {
            return null;
        }

        node.Holds = true;
        at = node.Parent!;
        return node;
    }

    public override void Resume(TraceNode? condition) => at = condition ?? at;

    public override void Gives(TraceProbe head, Func<RegoValue?> value)
    {
        // The conditions of the body are still active above it.
        if (!IsCut && at.IsRule)
        {
            at.Holds = true;
            at.Give(value());
        }
    }
}
