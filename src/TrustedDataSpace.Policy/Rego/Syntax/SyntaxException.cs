namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Stops the reading of one rule at its first syntax error; caught where the module is read.</summary>
internal sealed class SyntaxException(SourceLocation location, string message) : Exception(message)
{
    public SourceLocation Location { get; } = location;
}
