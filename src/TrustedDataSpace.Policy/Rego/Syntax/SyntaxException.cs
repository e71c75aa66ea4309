namespace TrustedDataSpace.Policy.Rego.Syntax;

/// <summary>Stops the reading of one module at its first syntax error; caught where the module began.</summary>
internal sealed class SyntaxException(SourceLocation location, string message) : Exception(message)
{
    public SourceLocation Location { get; } = location;
}
