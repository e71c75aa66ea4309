namespace TrustedDataSpace.Policy;

/// <summary>Why a use was denied.</summary>
/// <param name="Code">A stable word, such as <c>constraint_not_met</c>; the list is in <c>docs/policies.md</c>.</param>
/// <param name="Term">The term of the contract or the part of the question that failed.</param>
/// <param name="Message">What was found and what is asked. It may name facts of the participant: not for strangers.</param>
/// <param name="Remedy">What would satisfy it.</param>
public sealed record PolicyReason(string Code, string? Term, string Message, string? Remedy);
