using System.Net;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>A service answered with an error.</summary>
internal sealed class ServiceRefusalException(HttpStatusCode status, ProblemDocument problem)
    : Exception($"{(int)status} {problem.Code}: {problem.Detail}{PlaceIn(problem)}{ToDo(problem)}")
{
    /// <summary>HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>What the service said (RFC 9457).</summary>
    public ProblemDocument Problem { get; } = problem;

    /// <summary>Why, in one line: the reasons when it gave any, else the detail.</summary>
    public string Why => Problem.Reasons.Count == 0
        ? Problem.Detail
        : string.Join("; ", Problem.Reasons.Select(reason => reason.Message));

    /// <summary>Everything it said: code, detail, and each reason with its code and term.</summary>
    public string Everything => string.Join("; ", Problem.Reasons
        .Select(reason => $"{reason.Code} {reason.Term}: {reason.Message}")
        .Prepend($"{Problem.Code} {Problem.Term}: {Problem.Detail}"));

    private static string PlaceIn(ProblemDocument problem) =>
        (problem.Where ?? problem.Term) is { } place && !problem.Detail.Contains(place, StringComparison.Ordinal) ? $" (at {place})" : "";

    // A reason without a remedy has the one of the whole.
    private static string ToDo(ProblemDocument problem)
    {
        var remedies = problem.Reasons.Select(reason => reason.Remedy ?? problem.Remedy).OfType<string>().Distinct().ToList();
        return remedies.Count > 0 ? $" To do: {string.Join("; ", remedies)}"
            : problem.Remedy is { } remedy ? $" To do: {remedy}" : "";
    }
}
