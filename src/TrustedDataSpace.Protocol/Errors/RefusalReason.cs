using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Errors;

/// <summary>One of several reasons of a refusal.</summary>
/// <param name="Code">A stable word for programs, for example <c>constraint_not_met</c>.</param>
/// <param name="Term">The term that failed, if it was one.</param>
/// <param name="Message">What was wrong, for people.</param>
/// <param name="Remedy">What would satisfy it.</param>
public sealed record RefusalReason(string Code, string? Term, string Message, string? Remedy)
{
    // What is null is left out when it is written, so a reader must not insist on it.
    [JsonConstructor]
    private RefusalReason(string code, string message, string? term = null)
        : this(code, term, message, Remedy: null)
    {
    }
}
