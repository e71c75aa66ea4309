namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>One row of the table in docs/errors.md: what is sent wrongly, and what its sender is told.</summary>
/// <param name="Sent">What is wrong.</param>
/// <param name="At">Where it is sent to.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">The answer's <c>code</c> (at the token endpoint: <c>error</c>).</param>
/// <param name="Where">Stands in <c>where</c> or <c>term</c> of the answer; empty: it names no place.</param>
/// <param name="Says">Stands in the answer: what to do, or what was wrong.</param>
internal sealed record BadInputRow(string Sent, string At, int Status, string Code, string Where, string Says)
{
    /// <summary>Each way to send it. Every one is a new request.</summary>
    public required Func<BadInputSpace, IEnumerable<Attempt>> Attempts { get; init; }

    /// <summary>As the documentation shows it.</summary>
    public string Line => $"| {Sent} | {At} | {Status} | `{Code}` | {(Where.Length == 0 ? "" : $"`{Where}`")} | {Says} |";
}
