namespace TrustedDataSpace.Policy.Rego.Tracing;

internal enum ProbeKind
{
    /// <summary>One definition of a rule: its body begins.</summary>
    Definition,

    /// <summary>One condition of a body.</summary>
    Condition,

    /// <summary>The head of a definition: its body holds.</summary>
    Head,
}

/// <summary>A place in the modules that a traced plan reports when it comes by. One object for each place, compared by reference.</summary>
/// <param name="kind">What the place is.</param>
/// <param name="location">Where it begins.</param>
/// <param name="text">The condition as written, or the path of the rule.</param>
internal sealed class TraceProbe(ProbeKind kind, SourceLocation location, string text)
{
    public ProbeKind Kind { get; } = kind;

    public SourceLocation Location { get; } = location;

    public string Text { get; } = text;
}
