namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Something that the stages before let through and that has no plan: refused, never guessed. Reported where the plan is made.</summary>
internal sealed class PlanException(SourceLocation location, string message) : Exception(message)
{
    public SourceLocation Location { get; } = location;
}
