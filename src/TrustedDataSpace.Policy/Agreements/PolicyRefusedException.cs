namespace TrustedDataSpace.Policy.Agreements;

/// <summary>A policy holds something that this space cannot enforce as written. It carries every problem, so that one correction is enough.</summary>
public sealed class PolicyRefusedException : Exception
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="problems">All problems of the policy, at least one.</param>
    public PolicyRefusedException(IReadOnlyList<PolicyProblem> problems)
        : base($"The policy is refused: {string.Join(" | ", problems)}") => Problems = problems;

    /// <summary>All problems, in the order of the document.</summary>
    public IReadOnlyList<PolicyProblem> Problems { get; }
}
