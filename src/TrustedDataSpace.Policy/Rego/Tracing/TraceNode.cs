namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>What stood in a condition when it was over: <c>input.purpose</c> and its value.</summary>
/// <param name="Text">The reference, variable or call.</param>
/// <param name="Value">Its value; null if it was undefined.</param>
public sealed record TraceValue(string Text, RegoValue? Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Text} = {(Value is null ? "undefined" : Value.ToString())}";
}

/// <summary>A definition of a rule or a condition that was evaluated, with what was evaluated for it.</summary>
public sealed class TraceNode
{
    private readonly List<TraceNode> children = [];
    private readonly List<RegoValue> given = [];
    private readonly TraceProbe probe;

    internal TraceNode(TraceNode? parent, TraceProbe probe) => (Parent, this.probe) = (parent, probe);

    /// <summary>Whether this is a definition of a rule; else it is a condition.</summary>
    public bool IsRule => probe.Kind == ProbeKind.Definition;

    /// <summary>The path of the rule, or the condition as written.</summary>
    public string Text => probe.Text;

    /// <summary>Where it begins.</summary>
    public SourceLocation Location => probe.Location;

    /// <summary>Whether the body of the definition had a solution, or the condition held.</summary>
    public bool Holds { get; internal set; }

    /// <summary>What the definition gave: one value, or the members it added to a set.</summary>
    public IReadOnlyList<RegoValue> Given => given;

    /// <summary>The arguments of the definition, or what stands in the condition.</summary>
    public IReadOnlyList<TraceValue> Values { get; internal set; } = [];

    /// <summary>Conditions of the definition, or definitions evaluated for the condition; in the order in which they were tried.</summary>
    public IReadOnlyList<TraceNode> Children => children;

    internal TraceNode? Parent { get; }

    internal void Add(TraceNode child) => children.Add(child);

    internal void Give(RegoValue? value)
    {
        if (value is not null)
        {
            given.Add(value);
        }
    }
}
