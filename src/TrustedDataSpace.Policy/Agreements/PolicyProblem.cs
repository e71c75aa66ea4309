namespace TrustedDataSpace.Policy.Agreements;

/// <summary>One reason why a policy was refused.</summary>
/// <param name="Path">Where, in the words of the ODRL document: <c>permission[0].constraint[1].operator</c>; empty for the policy itself.</param>
/// <param name="Message">What was found there.</param>
/// <param name="Remedy">What is accepted instead.</param>
public sealed record PolicyProblem(string Path, string Message, string Remedy)
{
    /// <inheritdoc />
    public override string ToString() => $"{(Path.Length == 0 ? "policy" : Path)}: {Message}; {Remedy}";
}
