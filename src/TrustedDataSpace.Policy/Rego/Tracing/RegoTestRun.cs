using System.Diagnostics;
using TrustedDataSpace.Policy.Rego.Compilation;

namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>What became of one test, and why.</summary>
/// <param name="Result">The outcome.</param>
/// <param name="Elapsed">How long it took, traced.</param>
/// <param name="Trace">What was evaluated; only of a test that failed.</param>
public sealed record TracedTestResult(RegoTestResult Result, TimeSpan Elapsed, RegoTrace? Trace);

/// <summary>All tests of some modules: their outcomes, and what they cover.</summary>
/// <param name="Tests">The tests, by name.</param>
/// <param name="Coverage">What all of them reached together.</param>
public sealed record RegoTestRun(IReadOnlyList<TracedTestResult> Tests, RegoCoverage Coverage)
{
    /// <summary>Compiles the modules and runs the rules named <c>test_*</c>.</summary>
    /// <param name="modules">The files, tests among them.</param>
    /// <param name="data">The base documents; null for none.</param>
    /// <param name="isWanted">Which tests, by path; null for all.</param>
    /// <param name="ct">Stops the run.</param>
    /// <exception cref="RegoCompileException">With all errors that were found.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static RegoTestRun Of(IReadOnlyList<RegoSource> modules, RegoValue? data = null, Func<string, bool>? isWanted = null, CancellationToken ct = default)
    {
        var traced = TracedProgram.Compile(modules, data);
        var coverage = new CoverageTracer();
        var tests = traced.Program.Groups.Where(RegoTestRunner.IsTest)
            .Where(group => isWanted?.Invoke(group.Node.Path) ?? true)
            .OrderBy(group => group.Node.Path, StringComparer.Ordinal);
        return new([.. tests.Select(test => Run(traced, test, coverage, ct))], RegoCoverage.Of(traced.Program.Probes!, coverage));
    }

    private static TracedTestResult Run(TracedProgram traced, RuleGroup test, CoverageTracer coverage, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var result = RegoTestRunner.Run(traced.Program, test, EvaluationOptions.Default with { Tracer = coverage }, ct);
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new(result, elapsed, result.Passed ? null : traced.Explain(test.Node.Path, null, null, ct));
    }
}
