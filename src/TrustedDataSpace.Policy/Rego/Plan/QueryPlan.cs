namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>The executable form of a query; slot 0 takes its solutions.</summary>
/// <param name="Entry">The first step.</param>
/// <param name="FrameSize">How many slots there are.</param>
/// <param name="Document">What is asked for, if that is one value and nothing else has to hold.</param>
internal sealed record QueryPlan(Step Entry, int FrameSize, Expression? Document);
