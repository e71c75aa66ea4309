namespace TrustedDataSpace.Policy.Bundles;

/// <summary>A bundle cannot be used. It carries every problem that was found.</summary>
public sealed class PolicyBundleException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="problems">What is wrong, each with the file it is in.</param>
    /// <param name="cause">The failure underneath, when there is one.</param>
    public PolicyBundleException(IReadOnlyList<string> problems, Exception? cause = null)
        : base($"The policy bundle is refused: {string.Join(" | ", problems)}", cause) => Problems = problems;

    /// <summary>What is wrong, each with the file it is in.</summary>
    public IReadOnlyList<string> Problems { get; }
}
