namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>The executable form of a query; slot 0 takes its solutions.</summary>
internal sealed record QueryPlan(Step Entry, int FrameSize);
