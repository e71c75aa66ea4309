namespace TrustedDataSpace.Cli.Demo;

/// <summary>One thing that a demonstration does and proves.</summary>
/// <param name="Name">Short name, unique.</param>
/// <param name="Title">What is done, for people.</param>
/// <param name="Run">Does it; returns in one line what it proved; throws when it is not so.</param>
/// <param name="Needs">Names of earlier steps without which this one cannot run.</param>
internal sealed record DemoStep(string Name, string Title, Func<CancellationToken, Task<string>> Run, params string[] Needs);

/// <summary>How a step went.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Name">Name of the step.</param>
/// <param name="Title">Its title.</param>
/// <param name="Passed">Whether it proved what it should.</param>
/// <param name="Proof">What it proved; or what was expected and seen.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record StepResult(int Number, string Name, string Title, bool Passed, string Proof, long Milliseconds);

/// <summary>A step did not see what it should.</summary>
internal sealed class StepFailedException(string expected, string seen) : Exception($"expected {expected}; seen: {seen}");
